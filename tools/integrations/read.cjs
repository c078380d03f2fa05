// Prints the providers of an installed `@novu/shared` as JSON, with the fields of their credentials.
const path = require('node:path');

const folder = path.resolve(process.argv[2]);
const { providers } = require(folder);
const { name, version } = require(path.join(folder, 'package.json'));

const field = (credential) => ({
  key: credential.key,
  type: credential.type,
  required: Boolean(credential.required),
  title: credential.displayName,
  values: credential.dropdown?.map((choice) => choice.value),
});

console.log(
  JSON.stringify({
    source: `${name} ${version}`,
    providers: providers.map((provider) => ({
      id: provider.id,
      name: provider.displayName,
      channel: provider.channel,
      fields: (provider.credentials ?? []).map(field),
    })),
  }),
);
