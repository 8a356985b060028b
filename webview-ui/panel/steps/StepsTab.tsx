import type { JSX } from 'preact';
import type { TokenPanel } from '../components/panel.ts';

export function StepsTab({ token }: TokenPanel): JSX.Element {
  return <p data-token={token} />;
}
