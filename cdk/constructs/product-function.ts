import { type Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import {
  Grant,
  type IGrantable,
  type IPrincipal,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  type FUNCTION_VARIABLES,
  type FunctionName,
  readFunctionConfig,
} from '../../src/config.ts';
import {
  type BesideBundle,
  bundlingOptions,
  entryOf,
  HANDLER,
  PROJECT_ROOT,
} from '../function-bundle.ts';
import type { FifoQueue } from './fifo-queue.ts';

/** Exactly the variables that the function reads: one too many or too few does not compile. */
export type Variables<F extends FunctionName> = Record<
  (typeof FUNCTION_VARIABLES)[F][number],
  string
>;

export type ProductFunctionProps<F extends FunctionName> = {
  name: F;
  functionName: string;
  description: string;
  memoryMb: number;
  timeout: Duration;
  variables: Variables<F>;
  beside?: BesideBundle;
  /**
   * True for a function whose messages may come back to it, one step further each time. Lambda
   * would cut such a chain after 16 and put the message on the dead-letter queue.
   */
  continuesByMessage?: boolean;
  /** False: a placeholder instead of the bundle, for tests that only look at the template. */
  bundle: boolean;
};

/** Stands for any value that is only known once AWS has created something. */
const KNOWN_AFTER_DEPLOYMENT = 'https://known-after-deployment.invalid';

/**
 * One of the five functions: its role, its logs, its bundle and its checked environment.
 *
 * The role starts with nothing but its own log group; everything else is granted by the construct
 * that owns the resource.
 */
export class ProductFunction<F extends FunctionName> extends Construct implements IGrantable {
  readonly grantPrincipal: IPrincipal;
  readonly role: Role;
  readonly lambda: LambdaFunction;

  /** @throws {ConfigError} when the function would refuse to start with these variables */
  constructor(scope: Construct, id: string, props: ProductFunctionProps<F>) {
    super(scope, id);
    readFunctionConfig(props.name, withTokensReplaced(props.variables));
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      // Long enough to answer questions about an incident whose postmortem is discussed.
      retention: RetentionDays.THREE_MONTHS,
      // The trail is the record; logs are not, and a kept group would block a second deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      description: `What ${props.name} may do`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.grantPrincipal = this.role;
    Grant.addToPrincipal({
      grantee: this.role,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resourceArns: [logGroup.logGroupArn],
    }).assertSuccess();
    const shared = {
      functionName: props.functionName,
      description: props.description,
      role: this.role,
      logGroup,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: props.variables,
      ...(props.continuesByMessage ? { recursiveLoop: RecursiveLoop.ALLOW } : {}),
    };
    this.lambda = props.bundle ? this.#bundled(shared, props) : this.#placeholder(shared);
  }

  #bundled(shared: Shared, props: ProductFunctionProps<F>): LambdaFunction {
    return new NodejsFunction(this, 'Function', {
      ...shared,
      entry: entryOf(props.name),
      handler: 'handler',
      projectRoot: PROJECT_ROOT,
      depsLockFilePath: `${PROJECT_ROOT}/package-lock.json`,
      bundling: bundlingOptions(props.beside ?? {}),
      // Sets a variable that SDK version 3 does not read.
      awsSdkConnectionReuse: false,
    });
  }

  #placeholder(shared: Shared): LambdaFunction {
    const code = Code.fromInline('export const handler = async () => undefined;');
    return new LambdaFunction(this, 'Function', { ...shared, handler: HANDLER, code });
  }

  /**
   * Reads one queue, one message at a time: one failure never returns another message's work.
   *
   * @param maxConcurrency - invocations at a time; the account's other functions need some too
   */
  consume(queue: FifoQueue, maxConcurrency: number): void {
    this.lambda.addEventSource(
      new SqsEventSource(queue.queue, {
        batchSize: 1,
        reportBatchItemFailures: true,
        maxConcurrency,
      }),
    );
  }
}

type Shared = Omit<FunctionProps, 'code' | 'handler'>;

function withTokensReplaced(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      Token.isUnresolved(value) ? KNOWN_AFTER_DEPLOYMENT : value,
    ]),
  );
}
