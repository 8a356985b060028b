const shared = ['src/protocol/', 'src/attention/'];
const runtime = ['folder', 'onnx', 'graph', 'tokens', 'runtime'].map((name) => `src/model/${name}/`);

/**
 * The import directions of ARCHITECTURE.md: each folder with all that it may import. TypeScript's project references
 * hold most of them too; together they leave no gap.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const mayImport = {
  'src/protocol/': [],
  'src/attention/': ['src/protocol/'],
  'src/export/': shared,
  'src/model/folder/': ['src/protocol/'],
  'src/model/onnx/': ['src/protocol/'],
  'src/model/graph/': ['src/protocol/', 'src/model/folder/', 'src/model/onnx/'],
  'src/model/tokens/': ['src/protocol/', 'src/model/folder/'],
  'src/model/runtime/': [...shared, 'src/model/folder/', 'src/model/onnx/', 'src/model/graph/', 'src/model/tokens/'],
  'src/model/explain/': [...shared, ...runtime],
  'src/model/longContext/': [...shared, ...runtime],
  'src/model/inspect/': [...shared, ...runtime],
  'src/model/generate/': [...shared, ...runtime],
  'src/model/[^/]+\\.ts$': [...shared, 'src/model/'],
  'src/cli/': ['src/protocol/', 'src/attention/', 'src/export/', 'src/model/'],
  'src/(?:[^/]+\\.ts$|editor/|examples/|views/)': [
    'src/protocol/',
    'src/attention/',
    'src/export/',
    'src/editor/',
    'src/examples/',
    'src/views/',
    'src/[^/]+\\.ts$',
  ],
  'webview-ui/': ['src/protocol/', 'src/attention/'],
};

/** @param {readonly string[]} folders */
const anyOf = (folders) => `^(?:${folders.join('|')})`;

const directions = Object.entries(mayImport).map(([from, to]) => ({
  name: `from ${from}`,
  severity: 'error',
  comment: `${from} may import only itself, packages and: ${to.join(', ') || 'nothing of ours'}`,
  from: { path: anyOf([from]) },
  to: { path: '^(?:src|webview-ui|test|scripts|bench|training)/', pathNot: anyOf([from, ...to]) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...directions,
    {
      name: 'nothing from test',
      severity: 'error',
      from: { pathNot: '^(?:test|bench)/' },
      to: { path: '^test/' },
    },
    {
      name: 'vscode only in the extension host',
      severity: 'error',
      from: {
        path: anyOf(['src/protocol/', 'src/attention/', 'src/export/', 'src/model/', 'src/cli/', 'webview-ui/']),
      },
      to: { path: '(^|/)vscode($|/)|@types/vscode' },
    },
    {
      name: 'no Node.js in the webview or in the parts it shares',
      severity: 'error',
      from: { path: anyOf(['src/protocol/', 'src/attention/', 'src/export/', 'webview-ui/']) },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no orphans',
      severity: 'error',
      // The bundler puts noImages.ts in a package's place, so nothing names it.
      from: {
        orphan: true,
        path: '^(?:src|webview-ui)/',
        pathNot: ['\\.d\\.ts$', '^src/model/runtime/noImages\\.ts$'],
      },
      to: {},
    },
    { name: 'everything resolves', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^vscode$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|out|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
