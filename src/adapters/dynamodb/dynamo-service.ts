import type { AwsService } from '../aws/aws-json-client.ts';

/** DynamoDB, as the light client calls it. */
export const DYNAMODB = {
  name: 'dynamodb',
  target: 'DynamoDB_20120810',
  jsonVersion: '1.0',
} as const satisfies AwsService;
