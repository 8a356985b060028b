import { effect } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import { render } from 'preact';
import { viewReady, viewSnapshot } from '../../src/protocol/generationViewWire.ts';
import { connectToHost, type VsCodeApi } from '../shared/hostConnection.ts';
import { watchTheme } from '../shared/theme.ts';
import { labelText } from '../shared/tokenLabel.ts';
import { App } from './components/App.tsx';
import { onKey } from './keys.ts';
import { generationHost } from './state/host.ts';
import { GenerationStore } from './state/store.ts';
import { viewStateOf } from './state/viewState.ts';
import '@vscode/codicons/dist/codicon.css';
import './styles/generation.css';

declare function acquireVsCodeApi(): VsCodeApi;

const translations = document.body.dataset['l10n'];
if (translations !== undefined) l10n.config({ contents: translations });

const api = acquireVsCodeApi();
const connection = connectToHost(api);
const store = new GenerationStore(generationHost(connection), viewStateOf(api.getState()));

connection.onNotification(viewSnapshot, (snapshot) => store.receive(snapshot));
connection.listen();

window.addEventListener('keydown', (event) => onKey(event, store));
void connection.sendRequest(viewReady).then((snapshot) => {
  store.receive(snapshot);
  effect(() => api.setState(store.savedState.value));
});
effect(() => {
  const state = store.ready.value?.state;
  const token = state?.tokens[state.taken - 1];
  if (token) store.announcement.value = l10n.t('Token {0}: {1}', state.taken, labelText(token.text));
});
render(<App store={store} theme={watchTheme()} />, document.getElementById('root')!);
