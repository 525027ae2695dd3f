import { expect, test } from 'vitest';
import { parseForm } from '../../local/html-form.ts';

test('a form gives what a browser would send, and its buttons apart', () => {
  const html = `<h1>Hello</h1>
    <form method="post" action="/ask?a=1&amp;b=2">
      <input type="hidden" name="request_id" value="r&quot;1">
      <input name=plain value=bare>
      <input type='checkbox' name='scopes' value='one' checked>
      <input type="checkbox" name="scopes" value="two" checked="">
      <input type="checkbox" name="scopes" value="three">
      <input type="radio" name="who" value="me"><input type="radio" name="who" value="you" checked>
      <input value="has no name">
      <select name="username"><option value="ada">Ada</option><option value="bo" selected>Bo</option></select>
      <select name="lang"><option>English</option></select>
      <button name="decision" value="allow">Yes &#38; go</button>
      <input type="submit" name="decision" value="deny">
    </form>`;
  expect(parseForm(html)).toEqual({
    action: '/ask?a=1&b=2',
    method: 'POST',
    fields: [
      { name: 'request_id', value: 'r"1' },
      { name: 'plain', value: 'bare' },
      { name: 'scopes', value: 'one' },
      { name: 'scopes', value: 'two' },
      { name: 'who', value: 'you' },
      { name: 'username', value: 'bo' },
      { name: 'lang', value: 'English' },
    ],
    buttons: [
      { name: 'decision', value: 'allow' },
      { name: 'decision', value: 'deny' },
    ],
  });
});

test('a page without a form gives none', () => {
  expect(parseForm('<p>Something went wrong</p>')).toBeNull();
});
