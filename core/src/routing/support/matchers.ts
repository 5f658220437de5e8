import { inRelay, message, read, refused, whereItFits, type MessageSpec } from './spec.js';

/*
 * envoy/type/matcher/v3, envoy/config/route/v3 HeaderMatcher and envoy/config/core/v3/base.proto, wherever they occur.
 */

/** The only engine; Envoy counts the steps of its program, whose number nobody but RE2 itself can tell. */
export const RE2 = message({ maxProgramSize: refused('limits of the size of a regular expression') });
/** Of text that is compared: routing/kernelMatch.ts. */
export const FITS = whereItFits(
  'the kernel up to 192 bytes of text and eight conditions a route; the relay what is longer or more',
);
export const REGEX = whereItFits(
  'RE2: the kernel by automata of up to 256 states and 8,192 cells; the relay by larger ones',
);

export const stringMatcher: MessageSpec = {
  exact: FITS,
  prefix: FITS,
  suffix: FITS,
  contains: FITS,
  ignoreCase: read,
  safeRegex: message({ googleRe2: RE2, regex: REGEX }),
  custom: refused('custom string matchers', 'Use exact, prefix, suffix or contains.'),
};

export const headerMatcher: MessageSpec = {
  name: read,
  exactMatch: FITS,
  prefixMatch: FITS,
  suffixMatch: FITS,
  containsMatch: FITS,
  presentMatch: read,
  stringMatch: message(stringMatcher),
  invertMatch: read,
  treatMissingHeaderAsEmpty: read,
  safeRegexMatch: message({ googleRe2: RE2, regex: REGEX }),
  rangeMatch: message({ start: read, end: read }),
};

export const CHANGED = 'the relay changes it; requests of the route leave the kernel path';

/** envoy/config/core/v3/base.proto */
export const headerOption: MessageSpec = {
  header: message({
    key: inRelay(CHANGED),
    value: inRelay(
      'the operators of the substitution format that routing/readFormat.ts lists; others are refused',
    ),
    rawValue: refused('values of bytes', 'Use value.'),
  }),
  append: inRelay(CHANGED),
  appendAction: inRelay(CHANGED),
  keepEmptyValue: inRelay(CHANGED),
};
