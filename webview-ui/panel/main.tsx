import { effect } from '@preact/signals';
import { render } from 'preact';
import { panelHighlight, panelReady, panelSnapshot } from '../../src/protocol/panelWire.ts';
import { connectToHost, type VsCodeApi } from '../shared/hostConnection.ts';
import { App } from './components/App.tsx';
import { watchTheme } from './paint/theme.ts';
import { panelHost } from './state/host.ts';
import { PanelStore } from './state/store.ts';
import { viewStateOf } from './state/viewState.ts';
import '@vscode/codicons/dist/codicon.css';
import './styles/panel.css';

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();
const connection = connectToHost(api);
const store = new PanelStore(panelHost(connection), viewStateOf(api.getState()));

connection.onNotification(panelSnapshot, (snapshot) => store.receive(snapshot));
connection.onNotification(panelHighlight, ({ token }) => store.highlight(token));
connection.listen();

store.onHover((token) => store.host.hover(token));
window.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') store.peel();
});
effect(() => {
  const state = store.savedState.value;
  if (state) api.setState(state);
});
render(<App store={store} theme={watchTheme()} />, document.body);
void connection.sendRequest(panelReady).then((snapshot) => store.receive(snapshot));
