/**
 * Whether this deploy may publish. Previews and branch deploys share the site's variables, and with them its queue:
 * they must leave it alone.
 * @see https://docs.netlify.com/functions/api/#deploy
 */
export function mayWork({ deploy: { context: deploy } = {} }: { deploy?: { context?: string } }): boolean {
  // `netlify dev` leaves it empty.
  return !deploy || deploy === 'production' || deploy === 'dev';
}
