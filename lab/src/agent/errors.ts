import { status, type ServiceError } from '@grpc/grpc-js';

export type AgentErrorReason =
  'gone' | 'refused' | 'deadline' | 'not-found' | 'invalid' | 'unsupported' | 'failed';

/** A call to an agent that did not work: `reason` to act on, `message` to read, `hint` what to do next. */
export class AgentError extends Error {
  override readonly name = 'AgentError';

  constructor(
    readonly reason: AgentErrorReason,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static is(error: unknown, reason?: AgentErrorReason): error is AgentError {
    return error instanceof AgentError && (reason === undefined || error.reason === reason);
  }
}

/** Where an agent is, for messages. */
export interface AgentAddress {
  readonly lab: string;
  readonly node: string;
  readonly socket: string;
  readonly log?: string;
}

/** The gRPC status of a failed call, in the product's words. */
export function agentError(error: unknown, method: string, agent: AgentAddress): AgentError {
  if (error instanceof AgentError) return error;
  if (!isServiceError(error)) {
    const text = error instanceof Error ? error.message : String(error);
    return new AgentError('failed', `${method} on node ${agent.node} failed: ${text}.`, seeLog(agent), {
      cause: error,
    });
  }
  const said = error.details || error.message;
  const cause = { cause: error };
  if (isRefusal(error))
    return new AgentError(
      'refused',
      `The agent of node ${agent.node} does not let this user in (${agent.socket}).`,
      'Its socket is for the user who started the lab. Work as that user, or start the lab with `sudo onehop up` from this account.',
      cause,
    );
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return new AgentError(
        'gone',
        `The agent of node ${agent.node} does not answer on ${agent.socket}.`,
        gone(agent),
        cause,
      );
    case status.DEADLINE_EXCEEDED:
      return new AgentError(
        'deadline',
        `The agent of node ${agent.node} did not answer ${method} in time.`,
        `The machine may be busy: try again. ${seeLog(agent)}`,
        cause,
      );
    case status.NOT_FOUND:
      return new AgentError('not-found', said, 'Check the name and the node.', cause);
    case status.INVALID_ARGUMENT:
      return new AgentError('invalid', said, 'Correct the value and try again.', cause);
    case status.UNIMPLEMENTED:
      return new AgentError('unsupported', said, 'Choose another one.', cause);
    default:
      return new AgentError(
        'failed',
        `${method} on node ${agent.node} failed: ${said}`,
        seeLog(agent),
        cause,
      );
  }
}

/** The kernel says EACCES of a socket that others may not open; gRPC passes that on in the details only. */
function isRefusal({ code, details }: ServiceError): boolean {
  if (code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED) return true;
  return code === status.UNAVAILABLE && /\b(EACCES|EPERM)\b/.test(details);
}

function gone(agent: AgentAddress): string {
  return `${seeLog(agent)} Start the lab again with \`onehop up --name ${agent.lab}\`.`;
}

function seeLog(agent: AgentAddress): string {
  return agent.log === undefined ? `See the agent's log.` : `See its log: ${agent.log}.`;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number';
}
