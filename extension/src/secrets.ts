/** A text with everything blacked out that looks like a credential: named ones, and user information in URLs. */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(
      /\b(authorization|cookie|token|password|secret|api-?key)(["']?\s*[:=]\s*)(?:bearer\s+)?\S+/gi,
      '$1$2•••',
    )
    .replaceAll(/:\/\/[^/\s:@]+:[^/\s@]+@/g, '://•••@');
}
