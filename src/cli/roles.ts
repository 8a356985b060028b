import { headRoleNames } from '../protocol/headRole.ts';
import type { HeadRoles } from '../protocol/inspection.ts';
import type { EngineArguments } from './arguments.ts';
import { withRun } from './openRun.ts';
import { probeText } from './tap.ts';

/** What each head does on the standard probes: as JSON, a list of rows of heads for each score. */
export async function roles(options: EngineArguments, json: boolean): Promise<string> {
  return withRun({ ...options, text: probeText }, async ({ summary, ask }) => {
    const found = await ask({ kind: 'roles' });
    const scores = Object.fromEntries(headRoleNames.map((role) => [snakeCase(role), byLayer(found, found[role])]));
    const { name, layers, heads } = summary.model;
    if (json) return JSON.stringify({ model: name, layers, heads, ...scores });
    const lines = Object.entries(scores).map(([role, values]) => `${role.replace('_', ' ')}: ${strongest(values)}`);
    return [
      `${name}: ${layers} layers × ${heads} heads; for each role the heads with the highest scores`,
      ...lines,
    ].join('\n');
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function byLayer({ layers, heads }: HeadRoles, scores: Float32Array): readonly (readonly number[])[] {
  return Array.from({ length: layers }, (_, layer) => Array.from(scores.subarray(layer * heads, (layer + 1) * heads)));
}

/** The five highest, by layer and head, counted from 0. */
function strongest(scores: readonly (readonly number[])[]): string {
  return scores
    .flatMap((ofLayer, layer) => ofLayer.map((score, head) => ({ score, place: `L${layer} H${head}` })))
    .sort((a, b) => b.score - a.score)
    .slice(0, 5)
    .map(({ score, place }) => `${place} ${score.toFixed(2)}`)
    .join(', ');
}
