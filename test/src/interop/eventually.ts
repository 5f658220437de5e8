import assert from 'node:assert/strict';

/** Resolves as soon as the condition holds; fails after `timeoutMs`, with what `what` says then. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: () => string = () => '',
  timeoutMs = 5_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `it never came true. ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
