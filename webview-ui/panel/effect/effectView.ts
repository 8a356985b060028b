import type { HeadId } from '../../../src/protocol/model.ts';
import type { TokenPanel } from '../components/panel.ts';
import type { EffectList } from './effectList.ts';

/** What every part of the tab works on. */
export interface EffectView extends TokenPanel {
  readonly list: EffectList;
  readonly head: HeadId;
}
