// Lint: the language's own rules, and the layers of ARCHITECTURE.md as import rules.
import globals from 'globals';
import tseslint from 'typescript-eslint';

const deny = (group, message) => ({ group, message });
const nodeModules = deny(['node:*'], 'core does no I/O: take what you need as a parameter.');
const vscode = deny(['vscode'], 'Only extension/ knows the editor.');
const libbpf = deny(
  ['libbpf-ts', 'libbpf-ts/*'],
  'Only agent/ touches the kernel: ask the agent through its API.',
);
const agent = deny(['@onehop/agent', '@onehop/agent/*'], 'Talk to the agent through its API (core/src/api).');
const lab = deny(['@onehop/lab', '@onehop/lab/*'], 'Nothing below lab/ may know it.');
const reach = deny(
  ['../../../agent/*', '../../../lab/*', '../../../core/*', '**/dist/**'],
  'Import a package by its name.',
);

const layer = (files, ...patterns) => ({
  files,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [...patterns, reach] }] },
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/build/**', '**/node_modules/**', '**/*.generated.ts', '**/generated/**'] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: globals.node },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Export by name.' }],
      'max-lines': ['error', { max: 420, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    rules: { 'no-restricted-syntax': 'off', '@typescript-eslint/no-require-imports': 'off' },
  },
  // Tables of cases may be long.
  {
    files: ['**/test/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 900, skipBlankLines: true, skipComments: true }] },
  },
  layer(['core/src/**/*.ts'], nodeModules, vscode, libbpf, agent, lab),
  layer(['agent/libbpf-ts/src/**/*.ts'], vscode, agent, lab),
  layer(['agent/src/**/*.ts'], vscode, lab),
  layer(['lab/src/**/*.ts'], vscode, libbpf, agent),
  layer(['extension/src/**/*.ts'], libbpf, agent),
);
