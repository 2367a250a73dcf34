import { withPage } from './browser.mjs';
const base='http://127.0.0.1:8191';
const out='/tmp/shots';
const sign=async(page,who)=>{ await page.goto(base+'/sign-in'); await page.fill('#f-account, input[name=account], input[name=login]', who); await page.fill('input[type=password]','mingqu-yanshi'); await page.click('button[type=submit]'); };
let draft='';
await withPage(async (page)=>{
  await sign(page,'peitl');
  await page.goto(base+'/registers/settings/hearing_fine_org/draft');
  await page.fill('[name="c.value"]','50000');
  await page.fill('[name=effective_from]','2026-12-15');
  await page.fill('[name=reason]','局务会纪要');
  await page.screenshot({path:`${out}/set-form.png`,fullPage:true});
  await page.click('.actions button[type=submit]');
  draft=page.url(); console.log(draft);
  await page.click('text=先试算对在办案件的影响');
  await page.screenshot({path:`${out}/set-try.png`,fullPage:true});
});
await withPage(async (page)=>{
  await sign(page,'zhanhj');
  await page.goto(draft);
  await page.click('button[value=approve]');
  await page.goto(base+'/registers/settings/hearing_fine_org');
  await page.screenshot({path:`${out}/set-row.png`,fullPage:true});
  console.log(await page.innerText('main'));
});
await withPage(async (page)=>{
  await sign(page,'yesj');
  for (const [n,p] of [['row-item','/registers/benchmarks'],['phr','/registers/phrases']]) { await page.goto(base+p); await page.screenshot({path:`${out}/${n}.png`}); }
});
