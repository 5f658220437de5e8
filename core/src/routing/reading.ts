import type { FieldPath, FieldProblem, Severity, XdsResource } from '../resources/model.js';
import type { Source } from './model.js';
import type { RoutingRule } from './rules.js';

/** What the readers of one resource share: where nodes come from, and what is wrong. */
export class Reading {
  readonly problems: FieldProblem[] = [];
  readonly #resource: XdsResource;

  constructor(resource: XdsResource) {
    this.#resource = resource;
  }

  get resource(): string {
    return this.#resource.name;
  }

  source(path: FieldPath): Source {
    return { typeUrl: this.#resource.typeUrl, resource: this.#resource.name, path };
  }

  error(rule: RoutingRule, path: FieldPath, message: string, hint?: string): void {
    this.report('error', rule, path, message, hint);
  }

  report(severity: Severity, rule: RoutingRule, path: FieldPath, message: string, hint?: string): void {
    this.problems.push({ rule, severity, path, message, ...(hint === undefined ? {} : { hint }) });
  }
}
