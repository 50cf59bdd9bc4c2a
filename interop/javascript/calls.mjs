// Clients of AWS's SDK for JavaScript, version 3, driven by lines of JSON on standard input; one line of JSON answers each.
// {"service": "iam" | "sts" | "kms", "command": "CreateUser", "input": {...}, "credentials": {accessKeyId, secretAccessKey, sessionToken}}
// {"output": {...}} or {"error": {"name", "message", "status", "requestId", "type"}}: as the SDK reads the wire.
import { createInterface } from 'node:readline'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as sts from '@aws-sdk/client-sts'

const services = { iam: [iam, iam.IAMClient], kms: [kms, kms.KMSClient], sts: [sts, sts.STSClient] }

async function answer({ service, command, input, credentials }) {
  const [commands, Client] = services[service]
  const client = new Client({ credentials, maxAttempts: 1 })
  try {
    const { $metadata, ...output } = await client.send(new commands[`${command}Command`](input))
    return { output }
  } finally {
    client.destroy()
  }
}

function told(error) {
  const { httpStatusCode, requestId } = error.$metadata ?? {}
  const type = error.constructor.name
  return { error: { name: error.name, message: error.message, status: httpStatusCode, requestId, type } }
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch(told)
  process.stdout.write(JSON.stringify(said) + '\n')
}
