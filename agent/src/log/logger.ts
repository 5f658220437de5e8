import { destination, pino, type Logger } from 'pino';
import type { LogLevel } from '../options.js';

export type { Logger } from 'pino';

/** A log of JSON lines whose level may be set while it runs. */
export class Log {
  readonly root: Logger;
  readonly #stream: ReturnType<typeof destination>;
  readonly #toFile: boolean;
  #children: WeakRef<Logger>[] = [];

  private constructor(file: string, level: LogLevel, base: Readonly<Record<string, string | number>>) {
    this.#toFile = file !== '-';
    // Written at once, so that the last line before a crash is there.
    this.#stream = destination({
      dest: this.#toFile ? file : 2,
      sync: true,
      append: true,
      mkdir: true,
      mode: 0o600,
    });
    const timestamp = (): string => `,"time":"${new Date().toISOString()}"`;
    const onChild = (child: Logger): void => void this.#children.push(new WeakRef(child));
    this.root = pino({ level, base, timestamp, onChild }, this.#stream);
  }

  /** `file`: a path (made with mode 0600, appended to), or `-` for standard error. `base` is on every line. */
  static open(file: string, level: LogLevel, base: Readonly<Record<string, string | number>>): Log {
    return new Log(file, level, base);
  }

  get level(): LogLevel {
    return this.root.level as LogLevel;
  }

  /** Also of the loggers that parts took with `root.child()`: pino copies the level when it makes one. */
  setLevel(level: LogLevel): void {
    this.root.level = level;
    this.#children = this.#children.filter((reference) => {
      const child = reference.deref();
      if (child !== undefined) child.level = level;
      return child !== undefined;
    });
  }

  close(): void {
    if (this.#toFile) this.#stream.end();
  }
}
