/**
 * Every id that package.json contributes: commands, views, settings, context keys. `test/contributions.test.ts` holds the two
 * together, so an id that is only in one of them is an error.
 */

/** What the palette and menus can run. */
export const commands = {
  startLab: 'onehop.lab.start',
  startSample: 'onehop.lab.startSample',
  stopLab: 'onehop.lab.stop',
  restartLab: 'onehop.lab.restart',
  showLabLog: 'onehop.lab.showLog',
  chooseLab: 'onehop.lab.choose',
  openSample: 'onehop.lab.openSample',
  showMenu: 'onehop.showMenu',
  apply: 'onehop.apply',
  compareWithInForce: 'onehop.compareWithInForce',
  revealField: 'onehop.revealField',
  openComposer: 'onehop.request.open',
  sendRequest: 'onehop.request.send',
  whatIf: 'onehop.request.whatIf',
  startLoad: 'onehop.load.start',
  stopLoad: 'onehop.load.stop',
  showLog: 'onehop.showLog',
  collectDiagnostics: 'onehop.collectDiagnostics',
  openWalkthrough: 'onehop.openWalkthrough',
} as const;

export type CommandId = (typeof commands)[keyof typeof commands];

export const views = {
  lab: 'onehop.lab',
  configuration: 'onehop.configuration',
} as const;

export const viewContainer = 'onehop';
export const walkthrough = 'onehop.start';

/** Language ids: not `yaml`, so that other extensions for YAML do not double what ours says. */
export const languages = {
  xds: 'onehop-xds',
  lab: 'onehop-lab',
  routeTests: 'onehop-route-tests',
} as const;

/** Names below `onehop.`; at most 25. */
export const settings = {
  cliPath: 'cli.path',
  labName: 'lab.name',
  configurationFiles: 'configuration.files',
  applyOnSave: 'apply.onSave',
  codeLens: 'codeLens.enabled',
  bootstrapFiles: 'bootstrap.files',
} as const;

export type SettingName = (typeof settings)[keyof typeof settings];

/** Keys of `when` clauses. */
export const contexts = {
  /** absent | starting | running | degraded | remains | stopping | hidden */
  labPhase: 'onehop.labPhase',
  /** Completes the first step of the walkthrough. */
  labRunning: 'onehop.labRunning',
  /** The lab can be driven here: Linux, a trusted workspace. */
  labPossible: 'onehop.labPossible',
  /** Labs exist here that are not the one of this window. */
  otherLabs: 'onehop.otherLabs',
  /** The workspace has xDS files. */
  hasConfiguration: 'onehop.hasConfiguration',
  loadRunning: 'onehop.loadRunning',
  /** Steps of the walkthrough that were done in this window. */
  routesSeen: 'onehop.routesSeen',
  requestSent: 'onehop.requestSent',
  applied: 'onehop.applied',
  problemSeen: 'onehop.problemSeen',
} as const;
