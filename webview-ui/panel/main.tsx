import { effect } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import { render } from 'preact';
import { panelHighlight, panelPicture, panelReady, panelSnapshot } from '../../src/protocol/panelWire.ts';
import { connectToHost, type VsCodeApi } from '../shared/hostConnection.ts';
import { App } from './components/App.tsx';
import { pictureOf } from './export/picture.ts';
import { watchTheme } from '../shared/theme.ts';
import { panelHost } from './state/host.ts';
import { PanelStore } from './state/store.ts';
import { viewStateOf } from './state/viewState.ts';
import '@vscode/codicons/dist/codicon.css';
import './styles/panel.css';

declare function acquireVsCodeApi(): VsCodeApi;

const translations = document.body.dataset['l10n'];
if (translations !== undefined) l10n.config({ contents: translations });

const api = acquireVsCodeApi();
const connection = connectToHost(api);
const theme = watchTheme();
const store = new PanelStore(panelHost(connection), viewStateOf(api.getState()));

connection.onNotification(panelSnapshot, (snapshot) => store.receive(snapshot));
connection.onNotification(panelHighlight, ({ token }) => store.highlight(token));
connection.onRequest(panelPicture, (request) => pictureOf(store, theme, request));
connection.listen();

store.onHover((token) => store.host.hover(token));
window.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') store.peel();
});
effect(() => {
  const state = store.savedState.value;
  if (state) api.setState(state);
});
render(<App store={store} theme={theme} />, document.getElementById('root')!);
void connection.sendRequest(panelReady).then((snapshot) => store.receive(snapshot));
