/** google.protobuf.Duration and Timestamp as text, with nanoseconds kept exact. */

const SECOND = 1_000_000_000n;
/** duration.proto: ±10,000 years. */
const MAX_DURATION_SECONDS = 315_576_000_000n;
/** timestamp.proto: 0001-01-01 to 9999-12-31. */
const MIN_TIMESTAMP_SECONDS = -62_135_596_800n;
const MAX_TIMESTAMP_SECONDS = 253_402_300_799n;

/** Nanoseconds of "1.5s", "-0.001s", "3s"; undefined when it is no duration or out of range. */
export function parseDuration(text: string): bigint | undefined {
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text);
  if (found === null) return undefined;
  const [, sign, seconds = '0', fraction = ''] = found;
  const nanos = BigInt(seconds) * SECOND + BigInt(fraction.padEnd(9, '0'));
  if (nanos > MAX_DURATION_SECONDS * SECOND) return undefined;
  return sign === '-' ? -nanos : nanos;
}

/** The shortest exact text: "1.5s". */
export function formatDuration(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / SECOND}${fractionOf(size % SECOND)}s`;
}

/** seconds and nanos of a Duration message, both of one sign; undefined when duration.proto forbids them. */
export function durationOf(seconds: bigint, nanos: bigint): bigint | undefined {
  if (nanos <= -SECOND || nanos >= SECOND) return undefined;
  if ((seconds > 0n && nanos < 0n) || (seconds < 0n && nanos > 0n)) return undefined;
  const total = seconds * SECOND + nanos;
  return (total < 0n ? -total : total) > MAX_DURATION_SECONDS * SECOND ? undefined : total;
}

export function splitDuration(nanos: bigint): { seconds: bigint; nanos: bigint } {
  return { seconds: nanos / SECOND, nanos: nanos % SECOND };
}

/** Nanoseconds since the epoch of an RFC 3339 time; undefined when it is none or out of range. */
export function parseTimestamp(text: string): bigint | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(
    text,
  );
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = found[8] ?? 'Z';
  const offset =
    zone === 'Z'
      ? 0
      : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));
  const seconds = BigInt(date.getTime() / 1000) - BigInt(offset * 60);
  return timestampOf(seconds, BigInt((found[7] ?? '').padEnd(9, '0')));
}

/** "2026-01-31T12:00:00.5Z". */
export function formatTimestamp(nanos: bigint): string {
  let seconds = nanos / SECOND;
  let rest = nanos % SECOND;
  if (rest < 0n) {
    rest += SECOND;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, 19)}${fractionOf(rest)}Z`;
}

/** seconds and nanos of a Timestamp message; undefined when timestamp.proto forbids them. */
export function timestampOf(seconds: bigint, nanos: bigint): bigint | undefined {
  if (seconds < MIN_TIMESTAMP_SECONDS || seconds > MAX_TIMESTAMP_SECONDS || nanos < 0n || nanos >= SECOND)
    return undefined;
  return seconds * SECOND + nanos;
}

export function splitTimestamp(nanos: bigint): { seconds: bigint; nanos: bigint } {
  const rest = ((nanos % SECOND) + SECOND) % SECOND;
  return { seconds: (nanos - rest) / SECOND, nanos: rest };
}

function fractionOf(nanos: bigint): string {
  const digits = nanos.toString().padStart(9, '0').replace(/0+$/, '');
  return digits === '' ? '' : `.${digits}`;
}
