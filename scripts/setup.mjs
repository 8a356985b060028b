// npm run setup: installs what building and testing need and this machine lacks. Other scripts do the same by themselves.
import { setUpChromium } from './setup/chromium.mjs';
import { setUpPackages } from './setup/packages.mjs';
import { runScript, say } from './setup/shell.mjs';
import { setUpVSCode } from './setup/vscode.mjs';

await runScript(async () => {
  await setUpPackages();
  say(`Chromium: ${await setUpChromium()}`);
  const server = await setUpVSCode();
  say(`VS Code ${server.version}: ${server.main}`);
  return 0;
});
