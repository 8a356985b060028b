import type { JSX } from 'preact';
import type { TokenPanel } from '../components/panel.ts';

export function EffectTab({ token }: TokenPanel): JSX.Element {
  return <p data-token={token} />;
}
