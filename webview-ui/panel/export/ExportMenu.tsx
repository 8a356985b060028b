import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ExportFormat } from '../../../src/protocol/exportFormat.ts';
import { Icon } from '../../shared/controls.tsx';
import type { RunPanel } from '../components/panel.ts';

/** What is shown, taken away: a button with a menu. */
export function ExportMenu({ store }: Pick<RunPanel, 'store'>): JSX.Element {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLSpanElement>(null);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  const choose = (format: ExportFormat): void => {
    close();
    store.host.export(format);
  };
  // Before the next key arrives, which is meant for the menu.
  useLayoutEffect(() => {
    if (open.value) itemsOf(box.current)[0]?.focus();
  }, [open.value]);
  return (
    <span
      class="export"
      ref={box}
      onFocusOut={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && box.current?.contains(relatedTarget))) open.value = false;
      }}
    >
      <button
        ref={button}
        type="button"
        class="chip-button"
        aria-haspopup="menu"
        aria-expanded={open.value}
        data-testid="export"
        onClick={() => (open.value = !open.value)}
      >
        {l10n.t('Export')}
        <Icon name="chevron-down" />
      </button>
      {open.value && <Menu pinned={store.focus.value.token !== undefined} onChoose={choose} onClose={close} />}
    </span>
  );
}

interface MenuProps {
  readonly pinned: boolean;
  readonly onChoose: (format: ExportFormat) => void;
  readonly onClose: () => void;
}

function Menu({ pinned, onChoose, onClose }: MenuProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
    const items = itemsOf(event.currentTarget);
    const place = items.findIndex((item) => item === document.activeElement);
    const next = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: items.length - 1 }[event.key];
    if (next !== undefined) items[(next + items.length) % items.length]?.focus();
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const item = (format: ExportFormat, text: string, title: string, needsPin = false): JSX.Element => (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      title={needsPin && !pinned ? l10n.t('Pin a token first: the table is about the pinned one.') : title}
      aria-disabled={needsPin && !pinned}
      data-testid={`export-${format}`}
      onClick={() => onChoose(format)}
    >
      {text}
    </button>
  );
  return (
    <div class="menu" role="menu" aria-label={l10n.t('Export')} onKeyDown={onKeyDown}>
      {item('png', l10n.t('Picture (PNG)…'), l10n.t('The matrix as it is shown, at twice its size'))}
      {item('svg', l10n.t('Picture (SVG)…'), l10n.t('The matrix as it is shown, as vectors'))}
      <hr />
      {item('csv', l10n.t('Numbers (CSV)…'), l10n.t('The whole matrix of the chosen heads'))}
      {item('json', l10n.t('Numbers (JSON)…'), l10n.t('The whole matrix of the chosen heads, tokens, model'))}
      {item(
        'safetensors',
        l10n.t('Numbers (safetensors)…'),
        l10n.t('The whole matrix of the chosen heads, for Python'),
      )}
      <hr />
      {item('markdown', l10n.t('Table (Markdown)…'), l10n.t('The pinned token and its partners'), true)}
      {item('copyMarkdown', l10n.t('Copy Table'), l10n.t('The pinned token and its partners, as Markdown'), true)}
      {item('commandLine', l10n.t('Copy Command Line'), l10n.t('Computes the weights of every head again'))}
    </div>
  );
}

function itemsOf(box: HTMLElement | null): readonly HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
}
