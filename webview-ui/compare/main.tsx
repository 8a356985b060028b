import { effect } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import { render } from 'preact';
import { compareReady, compareSnapshot } from '../../src/protocol/compareWire.ts';
import { connectToHost, type VsCodeApi } from '../shared/hostConnection.ts';
import { watchTheme } from '../shared/theme.ts';
import { App } from './components/App.tsx';
import { compareHost } from './state/host.ts';
import { CompareStore } from './state/store.ts';
import { viewStateOf } from './state/viewState.ts';
import '@vscode/codicons/dist/codicon.css';
import './styles/compare.css';

declare function acquireVsCodeApi(): VsCodeApi;

const translations = document.body.dataset['l10n'];
if (translations !== undefined) l10n.config({ contents: translations });

const api = acquireVsCodeApi();
const connection = connectToHost(api);
const store = new CompareStore(compareHost(connection), viewStateOf(api.getState()));

connection.onNotification(compareSnapshot, (snapshot) => store.receive(snapshot));
connection.listen();

window.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') store.escape();
});
effect(() => {
  const state = store.savedState.value;
  if (state) api.setState(state);
});
render(<App store={store} theme={watchTheme()} />, document.getElementById('root')!);
void connection.sendRequest(compareReady).then((snapshot) => store.receive(snapshot));
