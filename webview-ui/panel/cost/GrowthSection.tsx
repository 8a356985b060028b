import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { costLengths, evenLength } from '../../../src/attention/costs.ts';
import { knownShapes } from '../../../src/attention/knownShapes.ts';
import { bytesText, countText as shortCount } from '../../shared/amounts.ts';
import { Segments } from '../../shared/controls.tsx';
import { countText } from '../../shared/phrases.ts';
import { LogChart, type ChartSeries } from '../charts/LogChart.tsx';
import { Missing } from '../components/States.tsx';
import { costAt, type Cost, type CostedModel, lengthText } from './growth.ts';
import { ownModel } from './ownModel.ts';
import type { RowPanel } from './rowView.ts';

const HALF = 2;

const others: readonly CostedModel[] = knownShapes.map((shape) => ({ ...shape, bytes: HALF, causal: true }));

type Subject = 'memory' | 'work';

/** Matrix, cache and multiply-accumulates from 16 to 128K tokens, for this model or a well-known one. */
export function GrowthSection(props: RowPanel): JSX.Element {
  const { model: own, tokens } = props.explained.summary;
  const name = useSignal<string | undefined>(undefined);
  const subject = useSignal<Subject>('memory');
  const chosen = others.find((other) => other.name === name.value);
  const loaded = chosen ? ({ kind: 'ready', value: chosen } as const) : ownModel(props);
  return (
    <section class="cost-part" aria-label={l10n.t('As texts grow')} data-testid="growth">
      <h2>{l10n.t('As texts grow')}</h2>
      <div class="cost-choices">
        <select
          aria-label={l10n.t('Model')}
          data-testid="growth-model"
          value={name.value ?? ''}
          onChange={({ currentTarget }) => (name.value = currentTarget.value || undefined)}
        >
          <option value="">{l10n.t('{0} (this model)', own.name)}</option>
          {others.map((other) => (
            <option key={other.name} value={other.name}>
              {other.name}
            </option>
          ))}
        </select>
        <Segments
          label={l10n.t('What is counted')}
          value={subject.value}
          choices={[
            {
              value: 'memory',
              text: l10n.t('Memory'),
              title: l10n.t('Bytes of all attention matrices and of the KV cache'),
            },
            { value: 'work', text: l10n.t('Work'), title: l10n.t('Multiply-accumulates of one pass over the text') },
          ]}
          onChoose={(value) => (subject.value = value)}
        />
      </div>
      {loaded.kind === 'failed' && <Missing {...props} failure={loaded.failure} />}
      {loaded.kind === 'ready' && <Growth model={loaded.value} subject={subject.value} tokens={tokens.length} />}
    </section>
  );
}

interface GrowthProps {
  readonly model: CostedModel;
  readonly subject: Subject;
  /** Of the explained text. */
  readonly tokens: number;
}

function Growth({ model, subject, tokens }: GrowthProps): JSX.Element {
  const lengths = [...new Set([...costLengths, tokens])].sort((a, b) => a - b);
  const costs = lengths.map((n) => costAt(model, n));
  const shownAt = { x: tokens, name: l10n.t('this text, {0} tokens', countText(tokens)) };
  const isMemory = subject === 'memory';
  const sentence = isMemory ? memorySentence(model) : workSentence(model);
  return (
    <>
      <p>{sentence}</p>
      <LogChart
        testId="growth-chart"
        title={sentence}
        series={isMemory ? memorySeries(model, costs) : workSeries(costs)}
        mark={shownAt}
        xTicks={[16, 256, 4096, 131_072]}
        xText={lengthText}
        yBase={isMemory ? 16 : 10}
        yText={isMemory ? bytesText : shortCount}
      />
      <CostTable model={model} subject={subject} costs={costs} tokens={tokens} />
      <p class="muted small">
        {l10n.t(
          '{0} layers, {1} query heads, {2} key/value heads of {3}, {4} bytes a number.',
          model.layers,
          model.queryHeads,
          model.keyValueHeads,
          model.headSize,
          model.bytes,
        )}{' '}
        {!isMemory &&
          l10n.t(
            'Attention is counted for every pair of tokens, masked ones too, as a single pass computes them.',
          )}{' '}
        {l10n.t('Sliding windows are not taken into account, nor how long a text a model was trained for.')}{' '}
        {model.source !== undefined && (
          <>
            <a href={model.source}>{l10n.t('Published configuration')}</a>
          </>
        )}
      </p>
    </>
  );
}

function memorySeries(model: CostedModel, costs: readonly Cost[]): readonly ChartSeries[] {
  const matrix = costs.map(({ n, matrixBytes }) => ({ x: n, y: matrixBytes }));
  const cache = costs.map(({ n, cacheBytes }) => ({ x: n, y: cacheBytes }));
  const matrices: ChartSeries = { style: 'main', name: l10n.t('attention matrices'), points: matrix };
  return model.causal ? [matrices, { style: 'other', name: l10n.t('KV cache'), points: cache }] : [matrices];
}

function workSeries(costs: readonly Cost[]): readonly ChartSeries[] {
  return [
    { style: 'main', name: l10n.t('attention'), points: costs.map(({ n, attention }) => ({ x: n, y: attention })) },
    { style: 'other', name: l10n.t('everything else'), points: costs.map(({ n, rest }) => ({ x: n, y: rest })) },
  ];
}

/** What 32 times the tokens cost. */
function memorySentence(model: CostedModel): string {
  const [short, long] = [costAt(model, 4096), costAt(model, 131_072)];
  const times = countText(long.entries / short.entries);
  return model.causal
    ? l10n.t(
        '{0} tokens against {1}: the matrices have {2} times as many entries, {3} against {4}; the KV cache grows {5} times.',
        lengthText(long.n),
        lengthText(short.n),
        times,
        shortCount(long.entries),
        shortCount(short.entries),
        countText(long.cacheBytes / short.cacheBytes),
      )
    : l10n.t(
        '{0} tokens against {1}: the matrices have {2} times as many entries, {3} against {4}.',
        lengthText(long.n),
        lengthText(short.n),
        times,
        shortCount(long.entries),
        shortCount(short.entries),
      );
}

function workSentence(model: CostedModel): string {
  return l10n.t(
    'From {0} tokens on, attention takes more multiply-accumulates than everything else together.',
    countText(Math.ceil(evenLength(model))),
  );
}

function CostTable({ model, subject, costs, tokens }: GrowthProps & { readonly costs: readonly Cost[] }): JSX.Element {
  const columns = (subject === 'memory' ? memoryColumns : workColumns).filter(({ causal }) => model.causal || !causal);
  return (
    <details>
      <summary>{l10n.t('All numbers')}</summary>
      <table class="numbers" data-testid="growth-table">
        <thead>
          <tr>
            <th scope="col">{l10n.t('tokens')}</th>
            {columns.map(({ title }) => (
              <th scope="col" key={title()}>
                {title()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {costs.map((cost) => (
            <tr key={cost.n} aria-current={cost.n === tokens}>
              <th scope="row">{lengthText(cost.n)}</th>
              {columns.map(({ title, text }) => (
                <td key={title()}>{text(cost)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

interface Column {
  readonly title: () => string;
  readonly text: (cost: Cost) => string;
  /** Means something for a causal model only. */
  readonly causal?: boolean;
}

const memoryColumns: readonly Column[] = [
  { title: () => l10n.t('entries'), text: ({ entries }) => shortCount(entries) },
  { title: () => l10n.t('not masked'), text: ({ causalEntries }) => shortCount(causalEntries), causal: true },
  { title: () => l10n.t('matrices'), text: ({ matrixBytes }) => bytesText(matrixBytes) },
  { title: () => l10n.t('KV cache'), text: ({ cacheBytes }) => bytesText(cacheBytes), causal: true },
];

const workColumns: readonly Column[] = [
  { title: () => l10n.t('attention'), text: ({ attention }) => shortCount(attention) },
  { title: () => l10n.t('everything else'), text: ({ rest }) => shortCount(rest) },
  { title: () => l10n.t('together'), text: ({ attention, rest }) => shortCount(attention + rest) },
];
