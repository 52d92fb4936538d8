import { z } from 'zod';
import { templateProblem } from '../../domain/query-template.ts';

const name = z.string().min(1).max(80);
const query = z
  .string()
  .min(1)
  .max(2_000)
  .superRefine((template, context) => {
    const message = templateProblem(template);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
const httpsUrl = z.url({ protocol: /^https$/ }).max(1_000);

/** `services[].context` of routing.json: what is asked about a service when its incident opens. */
export const SERVICE_CONTEXT = z
  .strictObject({
    metrics: z
      .array(z.strictObject({ name, query, unit: z.string().min(1).max(20).optional() }))
      .max(8)
      .optional()
      .describe('PromQL, shown as it is now and as it was half an hour ago'),
    logs: z
      .array(z.strictObject({ name, query }))
      .max(4)
      .optional()
      .describe('LogQL that finds lines; the newest are shown, masked'),
    traces: z
      .array(z.strictObject({ name, query }))
      .max(4)
      .optional()
      .describe('TraceQL; the slowest traces are shown'),
    runbook: httpsUrl.optional(),
    dashboard: httpsUrl.optional(),
    repository: z
      .strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/)
          .describe('owner/name'),
        environment: name.optional().describe('Of deployments; without it, all of them'),
        path: z
          .string()
          .min(1)
          .max(300)
          .regex(/^[^/]/)
          .optional()
          .describe('Whose owners are named; a folder ends with a slash'),
      })
      .optional(),
  })
  .describe('What is asked about the service when its incident opens');
