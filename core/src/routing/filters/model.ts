/** HTTP filters that the relay runs, as a listener lists them and as routes say otherwise. */
import type { HeaderChanges, HeaderCondition, TextMatch } from '../model.js';
import type { FieldPath } from '../../resources/model.js';

export interface HttpFilter {
  /** The name in the listener, by which routes mean it. */
  readonly name: string;
  /** Runs only where a route says so. */
  readonly disabled: boolean;
  readonly config: FilterConfig;
  /** In the listener. */
  readonly path: FieldPath;
}

export type FilterConfig = FaultConfig | CorsConfig | RbacConfig | RateLimitConfig | MutationConfig;

/** What one level (share of a split, route, virtual host, route configuration) says about filters, by their names. */
export type FilterLevel = ReadonlyMap<string, FilterOverride>;

export interface FilterOverride {
  readonly disabled: boolean;
  /** Absent: that of the next level, at last of the listener. */
  readonly config?: FilterConfig;
}

/** A part of all requests: numerator of denominator. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

export interface FaultConfig {
  readonly kind: 'fault';
  readonly delay?: { readonly fraction: Fraction } & (
    | { readonly ms: number }
    /** As a header of the request says. */
    | { readonly byHeader: true }
  );
  readonly abort?: { readonly fraction: Fraction } & (
    { readonly status: number; readonly grpcStatus?: number } | { readonly byHeader: true }
  );
  /** All must hold. */
  readonly headers: readonly HeaderCondition[];
  /** Only requests to this cluster; "": to any. */
  readonly cluster: string;
}

/** In the listener without a policy; of a route only what it says. */
export interface CorsConfig {
  readonly kind: 'cors';
  readonly policy?: {
    readonly origins: readonly TextMatch[];
    readonly methods: string;
    readonly headers: string;
    readonly expose: string;
    readonly maxAge: string;
    readonly credentials?: boolean;
    readonly privateNetwork?: boolean;
    readonly forwardOthers?: boolean;
    readonly enabled: Fraction;
  };
}

export interface RbacConfig {
  readonly kind: 'rbac';
  /** Absent: everything is allowed. */
  readonly rules?: {
    readonly action: 'allow' | 'deny' | 'log';
    readonly policies: readonly { readonly permission: RbacRule; readonly principal: RbacRule }[];
  };
}

export type RbacRule =
  | { readonly kind: 'any' | 'never' }
  | { readonly kind: 'and' | 'or'; readonly rules: readonly RbacRule[] }
  | { readonly kind: 'not'; readonly rule: RbacRule }
  | { readonly kind: 'header'; readonly header: HeaderCondition }
  | { readonly kind: 'path'; readonly path: TextMatch }
  | { readonly kind: 'destination' | 'source'; readonly address: string; readonly bits: number }
  /** Of the destination: from first up to and without end. */
  | { readonly kind: 'port'; readonly first: number; readonly end: number };

export interface RateLimitConfig {
  readonly kind: 'rateLimit';
  /** Absent: there is no limit. */
  readonly bucket?: { readonly most: number; readonly perFill: number; readonly fillMs: number };
  readonly status: number;
  readonly enabled: Fraction;
  readonly enforced: Fraction;
  readonly responseHeaders: HeaderChanges;
  readonly asResourceExhausted: boolean;
}

export interface MutationConfig {
  readonly kind: 'mutation';
  /** One after the other. */
  readonly request: readonly HeaderChanges[];
  readonly response: readonly HeaderChanges[];
  /** Of the listener's: those of a route come behind those around it. */
  readonly mostSpecificWins: boolean;
}
