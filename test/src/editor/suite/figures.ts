/** Measured figures, for the person who runs the tests: the runner prints them. */
export const figures: string[] = [];
