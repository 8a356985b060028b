import type { Page } from 'playwright-core';
import { poll } from '../../scripts/setup/shell.mjs';

/** Chooses an item of the open menu. A menu that has just opened ignores the mouse for a moment: it is clicked again. */
export async function chooseFromMenu(page: Page, name: string): Promise<void> {
  const item = page.locator('.monaco-menu').getByRole('menuitem', { name });
  await item.waitFor();
  const chosen = await poll(async () => {
    await item.click({ timeout: 1000 }).catch(() => undefined);
    return (await item.isVisible()) ? undefined : true;
  }, 20_000);
  if (!chosen) throw new Error(`«${name}» can’t be chosen in the menu.`);
}
