export interface Rule {
  id: string;
  /** TikTok's rule, in our words. */
  rule: string;
  /** How the page keeps to it. */
  how: string;
  /** Files beside the page; none where there is nothing to be seen. */
  pictures: readonly string[];
}

const CONFIRMATION = 'By posting, you agree to TikTok’s Music Usage Confirmation';
const POLICY = 'By posting, you agree to TikTok’s Branded Content Policy and Music Usage Confirmation';

/**
 * The points of TikTok's guidelines for apps that post directly, in the order of its review.
 * @see https://developers.tiktok.com/doc/content-sharing-guidelines
 */
export const RULES: readonly Rule[] = [
  {
    id: 'UX-01',
    rule: 'The creator’s settings are asked of TikTok anew whenever the post page is shown, and that answer is what the page works with.',
    how: 'Opening the page, or choosing an account on it, calls `creator_info` at once. The answer is kept in the open page alone, never stored.',
    pictures: ['ux-01.png'],
  },
  {
    id: 'UX-02',
    rule: 'Whoever posts sees by the creator’s nickname which account it will be.',
    how: '“Posting as”, the picture and the nickname as TikTok has just said it stand above the account’s settings, and under the preview.',
    pictures: ['ux-02.png'],
  },
  {
    id: 'UX-03',
    rule: 'A creator who cannot post just now is stopped, and told to come back later.',
    how: 'TikTok’s reason is shown in place of the settings, with “Try again later”. The button stays off.',
    pictures: ['ux-03.png'],
  },
  {
    id: 'UX-04',
    rule: 'A video longer than the creator may post does not get as far as TikTok.',
    how: 'The length is measured from the file while its address is typed, and compared with the creator’s own limit; the functions do the same before anything is sent.',
    pictures: ['ux-04.png'],
  },
  {
    id: 'UX-05',
    rule: 'The caption can be written, and changed where one was proposed.',
    how: 'A field with a live count in TikTok’s measure. Nothing is filled in by itself; another post’s caption that was taken over can be edited like any other. Photos have a title and a description.',
    pictures: ['ux-05.png'],
  },
  {
    id: 'UX-06',
    rule: 'Who may view the post is chosen by hand from a list of exactly what TikTok offers this creator, with nothing chosen beforehand.',
    how: 'A list filled from `privacy_level_options`; it begins at “Choose …”, and the button stays off until something is chosen. A copy of an older post begins there, too.',
    pictures: ['ux-06.png'],
  },
  {
    id: 'UX-07',
    rule: 'Comment, Duet and Stitch can be allowed, each by a box of its own that begins unchecked.',
    how: 'Three boxes under “Allow users to”, all of them unchecked. What is not checked is sent as disabled.',
    pictures: ['ux-07.png'],
  },
  {
    id: 'UX-08',
    rule: 'What the creator has switched off in the TikTok app cannot be switched on here, and looks like it.',
    how: 'The box is disabled and greyed, with a line that says why.',
    pictures: ['ux-08.png'],
  },
  {
    id: 'UX-09',
    rule: 'For photos there is no Duet and no Stitch.',
    how: 'With photos, “Comment” is the only box.',
    pictures: ['ux-09.png'],
  },
  {
    id: 'UX-10',
    rule: 'Commercial content is disclosed by a switch that begins off; on, it offers “Your brand” and “Branded content”, one or both.',
    how: 'A switch, off at first. Turned on it opens two boxes that can both be checked; turned off it forgets them.',
    pictures: ['ux-10-off.png', 'ux-10-on.png'],
  },
  {
    id: 'UX-11',
    rule: 'With “Your brand”, and only then, the page says that the post will be labelled as promotional.',
    how: 'TikTok’s sentence appears under the boxes once it is checked: “Your photo/video will be labeled as ‘Promotional content’”.',
    pictures: ['ux-11.png'],
  },
  {
    id: 'UX-12',
    rule: 'With “Branded content”, alone or with the other, it says that the post will be labelled as a paid partnership.',
    how: 'The sentence gives way to “Your photo/video will be labeled as ‘Paid partnership’”.',
    pictures: ['ux-12.png'],
  },
  {
    id: 'UX-13',
    rule: 'A disclosure of nothing cannot be published, and the button says why when it is pointed at.',
    how: 'The button is off. Pointing at it, and the line below it, say: “You need to indicate if your content promotes yourself, a third party, or both.”',
    pictures: ['ux-13.png'],
  },
  {
    id: 'UX-14',
    rule: 'What only the creator will see cannot be branded content.',
    how: 'With “Only me” chosen, “Branded content” is disabled and says what to do.',
    pictures: ['ux-14.png'],
  },
  {
    id: 'UX-15',
    rule: 'Once it is branded content, “Only me” cannot be chosen, and says why when it is pointed at.',
    how: 'That option is disabled; pointing at it, and the line below the list, say: “Branded content visibility cannot be set to private.”',
    pictures: ['ux-15.png'],
  },
  {
    id: 'UX-16',
    rule: 'Above the button stands that posting agrees to the Music Usage Confirmation, with a link to it.',
    how: `“${CONFIRMATION}”, without a disclosure and with “Your brand” alone.`,
    pictures: ['ux-16.png'],
  },
  {
    id: 'UX-17',
    rule: 'With branded content it names the Branded Content Policy as well, and links to both.',
    how: `“${POLICY}”, whenever “Branded content” is checked.`,
    pictures: ['ux-17.png'],
  },
  {
    id: 'UX-18',
    rule: 'Whoever posts sees exactly what will be posted.',
    how: 'The preview shows the file at its own address, in its own proportions, and the caption letter for letter. Photos are leafed through in their order.',
    pictures: ['ux-18.png'],
  },
  {
    id: 'UX-19',
    rule: 'Nothing is added to the media or to the caption: no mark, logo, link or advertisement.',
    how: 'The file is handed on byte by byte, or fetched by TikTok itself, and the caption is sent as it was typed. Tests compare both with what arrives.',
    pictures: ['ux-19.png'],
  },
  {
    id: 'UX-20',
    rule: 'Nothing of the content goes to TikTok before its owner has expressly agreed.',
    how: 'Only the button under the declaration queues a post, and only queued posts are sent. Which declaration was agreed to, and when, is kept with the post.',
    pictures: ['ux-20.png'],
  },
  {
    id: 'UX-21',
    rule: 'After publishing it is said that it may take a few minutes until the post is on the profile.',
    how: 'The page that follows the button says so, and so does the post’s own page while TikTok is processing it.',
    pictures: ['ux-21.png'],
  },
  {
    id: 'UX-22',
    rule: 'What becomes of the post is followed, and shown.',
    how: 'TikTok is asked for the status until it is final, and its webhooks bring the next question nearer. The post’s page shows each step as it comes, and the link at the end.',
    pictures: ['ux-22.png'],
  },
  {
    id: 'UX-23',
    rule: 'The client secret reaches no browser and no public repository.',
    how: 'It is read from the environment by the functions alone; tests look for it in everything that leaves the site.',
    pictures: [],
  },
  {
    id: 'UX-24',
    rule: 'Media that already lie on a server are pulled by TikTok from an address whose ownership is verified.',
    how: 'Addresses under `TIKTOK_VERIFIED_URLS` are handed to TikTok to pull. Verify the domains that your media lie on before the review.',
    pictures: [],
  },
  {
    id: 'UX-25',
    rule: 'The product is for creators at large and for content of their own; tools that copy between platforms, or serve one team alone, are not taken.',
    how: 'Anybody can sign up and connect an account of theirs, and posts what they give the address of. Describe your own audience in the application.',
    pictures: [],
  },
];

/** Of the scopes that are asked for: what each is for, in the words of an application. */
export const SCOPES: readonly { scope: string; why: string }[] = [
  {
    scope: 'user.info.basic',
    why: 'The creator’s display name and picture tell the connected accounts apart: on the accounts page, on the post page as “Posting as”, and on every post in the list.',
  },
  {
    scope: 'video.publish',
    why: 'Publishes the videos and photos that the creator composes here, directly to their profile, with the audience, the interactions and the disclosure that they chose for each post. It also lets the page ask for the creator’s current settings before each post.',
  },
  {
    scope: 'video.upload',
    why: 'Sends a post as a draft to the inbox of the creator’s TikTok app instead, for those who want to finish it there.',
  },
];

/** The demo video, scene by scene, in the order in which TikTok reviews. */
export const SCENES: readonly { show: string; rules: readonly string[] }[] = [
  { show: 'The site’s own address in the browser’s bar; sign in.', rules: [] },
  {
    show: 'Accounts: “Connect TikTok”, TikTok’s page with the scopes in full, “Authorize”, and the account with its name and picture.',
    rules: ['UX-25'],
  },
  {
    show: 'Compose: the account under “Posting as”. Have an account ready whose settings switch something off, so that it can be seen greyed.',
    rules: ['UX-01', 'UX-02', 'UX-08'],
  },
  {
    show: 'Type the address of a video that is too long for the account and wait for the refusal; then that of the real one, and play the preview.',
    rules: ['UX-04', 'UX-18'],
  },
  {
    show: 'Write the caption, and change it again. It is shown as it is, with nothing added.',
    rules: ['UX-05', 'UX-19'],
  },
  {
    show: 'Open the list of who can view the post: nothing is chosen. Point at the button: it is off, and says what is missing. Choose.',
    rules: ['UX-06'],
  },
  { show: 'Comment, Duet and Stitch, all unchecked; check one.', rules: ['UX-07'] },
  {
    show: 'Turn the disclosure on and point at the button. Check “Your brand”, read the label aloud; check “Branded content”, read it again; uncheck “Your brand”.',
    rules: ['UX-10', 'UX-11', 'UX-12', 'UX-13'],
  },
  {
    show: 'Point at “Only me” in the list: it cannot be chosen. Uncheck “Branded content”, choose “Only me”, and point at “Branded content”: now that one cannot.',
    rules: ['UX-14', 'UX-15'],
  },
  {
    show: 'The declaration above the button, without branded content and with it. Open both links.',
    rules: ['UX-16', 'UX-17'],
  },
  {
    show: 'Switch to photos and back: only “Comment” is left with them.',
    rules: ['UX-09'],
  },
  {
    show: 'Publish. The notice that it may take a few minutes, then “Follow it”, and each step until it is published.',
    rules: ['UX-20', 'UX-21', 'UX-22'],
  },
  { show: 'Open the link, and show the post in the TikTok app.', rules: ['UX-22'] },
  {
    show: 'Last, an account that has posted as much as TikTok allows in a day: the page says so, and posts nothing.',
    rules: ['UX-03'],
  },
];
