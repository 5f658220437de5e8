/** A command line that the agent cannot run with. */
export class OptionError extends Error {
  override readonly name = 'OptionError';

  constructor(
    readonly option: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
