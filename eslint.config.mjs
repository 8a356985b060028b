import { defineConfig, globalIgnores } from 'eslint/config';
import { configs } from 'typescript-eslint';

const typed = ['src/**/*.ts', 'webview-ui/**/*.{ts,tsx}', 'test/**/*.{ts,tsx}', 'bench/**/*.ts', 'scripts/**/*.mjs'];

export default defineConfig(
  globalIgnores(['dist/', 'out/', '.cache/', '.vscode-test/', 'example/', 'test/vectors/']),
  { linterOptions: { noInlineConfig: true } },
  {
    files: typed,
    extends: [configs.strictTypeChecked, configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // Iterating a typed array takes two and a half times as long as counting.
      '@typescript-eslint/prefer-for-of': 'off',
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
        { selector: 'ExportAllDeclaration', message: 'Import from where it is defined.' },
        { selector: 'ExportNamedDeclaration[source]', message: 'Import from where it is defined.' },
        {
          selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
          message: 'Text from files and models is hostile: use textContent.',
        },
        { selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]', message: 'Use text children.' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // Numeric loops over typed arrays: noUncheckedIndexedAccess asks for it, a check per cell would cost time.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A method may be async for its interface alone.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    // A cast in JSDoc is a comment to the linter; the compiler checks these files.
    files: ['scripts/**/*.mjs'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-return': 'off' },
  },
);
