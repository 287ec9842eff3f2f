"""The words of the plan's page and of its ten lines, in reading order; its states; its terms."""

from huoshui.base.errors import Text
from huoshui.serve.texts.definitions import Definition

_STATES: dict[str, Text] = {
    "plan_earns.margin": Text("净赚", "earns"),
    "plan_earns.loss": Text("净亏", "loses"),
    "plan_earns.turnover": Text("带来成交额", "brings turnover of"),
    "plan_reserve.entitlements": Text("按规则一定要给的", "Owed by published rules"),
    "plan_reserve.protected": Text("您说要留住的", "Kept back as you asked"),
    "plan_reserve.exploration": Text("探索", "Exploration"),
    "plan_reserve.newcomers": Text("下月才来的新客", "Newcomers yet to come"),
    "plan_reserve.offers": Text("挑人发的", "Offers to chosen users"),
    "plan_reserve.kept": Text("留着不发", "Kept"),
    "plan_status.planned": Text("在计划里", "In the plan"),
    "plan_status.nothing_pays": Text("哪个面额都不划算", "No amount pays"),
    "plan_status.crowded_out": Text("别的更划算, 没排上", "Other uses are better"),
    "plan_status.no_random_data": Text("没有随机对照, 不知道值不值", "No random control: unknown"),
    "plan_status.not_enough_data": Text("人数太少, 还看不清", "Too few users to tell"),
    "plan_status.over": Text("到那时已经结束", "Over by then"),
    "plan_status.excluded": Text("您说了不用", "Left out as you asked"),
    "plan_baseline.same_for_everyone": Text("人人发一样", "The same for everyone"),
    "plan_baseline.first_come": Text("先到先得", "First come, first served"),
    "plan_baseline.as_last_month": Text("照上个月那样发", "As last month"),
    "plan_baseline.this": Text("照这份计划", "By this plan"),
    "plan_not.abuser": Text("薅羊毛账号", "abusive accounts"),
    "plan_not.frozen": Text("账号冻结", "frozen accounts"),
    "plan_not.deleted": Text("账号注销", "deleted accounts"),
    "plan_not.linked_risk": Text("疑似同一伙人, 先不发", "suspected to be one hand, nothing for now"),
    "plan_not.holdout": Text("长期留出的", "held out"),
    "plan_not.cool_down": Text("刚发过, 还在冷却期", "rewarded lately, in their cool-down"),
    "plan_not.cap_reached": Text("到了每人上限", "at the cap a user"),
    "plan_not.no_curve": Text("没有能用的活动数据", "no campaign with usable data"),
    "plan_not.excluded": Text("您说了不发的", "left out as you asked"),
    "plan_arm.policy": Text("按计划", "by plan"),
    "plan_arm.explore": Text("探索", "exploration"),
    "plan_arm.holdout": Text("长期留出", "held out"),
}

_ANSWER: dict[str, Text] = {
    "plan.title": Text("{name}: {period}的激励计划", "{name}: the incentive plan for {period}"),
    "plan.what": Text("激励计划", "Incentive plan"),
    "plan.scope": Text(
        "{period}, 余额池 {budget} · 文件里 {users} 个用户, 其中 {allowed} 个可以发优惠 · 数据 {first} 到 {last}",
        "{period}, a pot of {budget} · {users} users in the files, {allowed} of them may get an offer · data {first} to {last}",
    ),
    "plan.headline_kept": Text(
        "{budget}里花 {spent}, {kept}留着; 再发出去, 每 1 {unit}带不回 {edge} {unit}。",
        "Of {budget}, spend {spent} and keep {kept}; given out, a further {unit}1 would not bring back {unit}{edge}.",
    ),
    "plan.headline_used": Text(
        "{budget}都有去处; 再多投 1 {unit}, 预计多赚毛利 {price} {unit}。",
        "All of {budget} is put to use; a further {unit}1 would bring {unit}{price} of margin.",
    ),
    "plan.headline_owed": Text(
        "{budget}都被按规则一定要给的占了, 没剩下挑人发的; 要是再多投 1 {unit}, 预计多赚毛利 {price} {unit}。",
        "All of {budget} is owed by published rules, nothing is left for offers; a further {unit}1 would bring {unit}{price} of "
        "margin.",
    ),
    "plan.headline_no_money": Text(
        "没有钱可发; 要是有 1 {unit}, 预计多赚毛利 {price} {unit}。",
        "There is no money to give; {unit}1 would bring {unit}{price} of margin.",
    ),
    "plan.headline_left_out": Text(
        "{kept}先都留着; 您的规则没有留下能用的活动。",
        "Keep all of {kept}; your rules leave no campaign to use.",
    ),
    "plan.headline_nobody": Text(
        "{kept}先都留着; 没有一个用户可以发, 原因见下面。",
        "Keep all of {kept}; no user may get an offer, for reasons told below.",
    ),
    "plan.headline_none": Text(
        "{kept}先都留着; 现在的数据说不出发给谁划算。",
        "Keep all of {kept} for now; the data cannot yet tell to whom giving pays.",
    ),
    "plan.headline_nothing_pays": Text(
        "{kept}先都留着; 随便发给谁, 每 1 {unit}都带不回 {edge} {unit}。",
        "Keep all of {kept}; nobody would bring back {unit}{edge} for a further {unit}1.",
    ),
    "plan.promise": Text(
        "发给 {users} 人, 预计多赚毛利 {value}({low}–{high}); 扣掉用掉的余额 {cost}, 净赚 {net}。",
        "Given to {users} users, it is expected to bring {value} ({low}–{high}) of extra margin; less the {cost} used, {net} is earned.",
    ),
    "plan.promise_loss": Text(
        "发给 {users} 人, 预计多赚毛利 {value}({low}–{high}); 扣掉用掉的余额 {cost}, 净亏 {net}。",
        "Given to {users} users, it is expected to bring {value} ({low}–{high}) of extra margin; less the {cost} used, {net} is lost.",
    ),
    "plan.promise_gross": Text(
        "发给 {users} 人, 预计用掉 {cost}, 多带来成交额 {value}({low}–{high}); 没有货品成本, 说不出利润。",
        "Given to {users} users, {cost} is expected to be used and to bring {value} ({low}–{high}) of extra turnover; without cost "
        "of goods nobody can tell the profit.",
    ),
    "plan.beside": Text(
        "同样的钱, {other}{earns} {value}; 这份计划比它多赚 {more}。",
        "With the same money, {other} {earns} {value}; this plan earns {more} more.",
    ),
    "plan.beside_rules": Text(
        "{other}不守您的规则, {earns} {value}, 比这份计划多 {more}; 每条规则要花掉多少, 见下面。",
        "Without your rules, {other} {earns} {value}, {more} more than this plan; what each rule costs stands below.",
    ),
    "plan.beside_not_better": Text(
        "同样的钱, {other}也{earns} {value}, 比这份计划多 {more}; 先别换发法。",
        "With the same money, {other} {earns} {value}, {more} more than this plan; do not change for it.",
    ),
    "plan.tile_users": Text("发给多少人", "Users who get something"),
    "plan.tile_users_below": Text("可以发的 {allowed} 人里", "of {allowed} who may"),
    "plan.tile_face": Text("发出的面额", "Face value given"),
    "plan.tile_face_below": Text("都用掉的话最多花这么多", "the most it can cost, were all of it used"),
    "plan.tile_cost": Text("预计用掉", "Expected spent"),
    "plan.tile_cost_below": Text("面额的 {share}, 按过去的使用率", "{share} of face, as used in the past"),
    "plan.tile_kept": Text("留着不发", "Kept"),
    "plan.tile_kept_below": Text("边线: 每 1 {unit}至少带回 {edge}", "edge: {edge} back for each {unit}1"),
    "plan.tile_return": Text("平均每 1 {unit}带回", "Average return of {unit}1"),
    "plan.tile_return_below": Text("增量回报, 和不发相比", "incremental: against giving nothing"),
    "plan.tile_price": Text("最后 1 {unit}带回", "The last {unit}1 brings"),
    "plan.tile_price_below": Text("再多投 1 {unit}, 大约也是这个数", "and so, about, would one more"),
    "plan.tile_price_kept": Text("最后 1 {unit}带回", "The last {unit}1 brings"),
    "plan.tile_price_kept_below": Text("再多投就不到这个数了", "one more would bring less"),
    "plan.tile_learn": Text("留出和探索", "Held out, exploring"),
    "plan.tile_learn_below": Text(
        "留出 {holdout}, 探索 {explore}", "{holdout} held out, {explore} exploring"
    ),
    "plan.tile_factor": Text("打过的折扣", "Discount on the promise"),
    "plan.tile_factor_below": Text(
        "挑出来的总显得好; 原来算得 {plain}", "what is picked looks too good; plainly {plain}"
    ),
    "plan.more_campaigns": Text(
        "另有 {count} 个活动, 见“每个面额带来多少”。", "{count} more campaigns stand further down."
    ),
    "plan.next": Text("接下来三步", "What to do next"),
    "plan.next_check": Text(
        "先看随机抽的 {n} 个人, 觉得不对就点“不对”: {link}。",
        "Look at {n} users drawn at random, and say where it is wrong: {link}.",
    ),
    "plan.next_check_link": Text("去看", "go and look"),
    "plan.next_list": Text(
        "{file} 里是每个人给多少、为什么。按名单发, 不在名单里的不发。",
        "{file} says who gets what, and why. Give by that list, and to nobody else.",
    ),
    "plan.next_after": Text(
        "发完把 {file} 和新的订单、余额流水放进数据文件夹, 就看得到上面的数兑现了多少。",
        "Afterwards put {file} with the new orders and balance into the folder: it shows how much of the promise came true.",
    ),
    "plan.next_test": Text(
        "先做小测试, 随机分两组, 一组发一组不发: {link}。",
        "Begin with a small test, two random groups, one with and one without: {link}.",
    ),
    "plan.next_test_link": Text("看怎么做", "how to do it"),
    "plan.marking": Text(
        "这一页的数字都是推算, 只用了随机分过组的数据; 括号里是 95% 的范围。",
        "Every figure here is an estimate from randomised data alone; brackets hold the 95% range.",
    ),
    "plan.solved": Text(
        "名单离理论上最好的一份至多差 {gap}。", "The list falls short of the best possible by {gap} at most."
    ),
}

_SECTIONS: dict[str, Text] = {
    "section.plan_who": Text("谁拿多少", "Who gets what"),
    "lead.plan_who": Text("每格是人数: 哪类人, 拿哪个活动的多少。", "Each cell is a number of users."),
    "plan_who.corner": Text("分群", "Segment"),
    "plan_who.nobody": Text("这份计划谁也不发。", "Nobody gets anything by this plan."),
    "plan_who.not_allowed": Text(
        "另有 {users} 人这次不发: {parts}。", "{users} more get nothing this time: {parts}."
    ),
    "plan_who.part": Text("{name} {users} 人", "{name} {users}"),
    "plan_who.changes": Text(
        "和上一份计划相比, {changed} 人变了(最多允许 {most} 人)。",
        "Against the earlier plan {changed} users change ({most} at most are allowed).",
    ),
    "plan_who.changes_free": Text(
        "和上一份计划相比, {changed} 人变了。", "Against the earlier plan {changed} users change."
    ),
    "section.plan_curve": Text("多给一点、少给一点会怎样", "A little more, a little less"),
    "lead.plan_curve": Text(
        "横着看是挑人发多少钱, 竖着看是预计多赚多少; 比虚线高出的部分是净赚。越往右越平: 好用的钱先花掉了。",
        "Across: the money for offers. Up: what it is expected to bring. What is above the dashed line is earned. It flattens: the best uses come first.",
    ),
    "plan_curve.x": Text("挑人发的钱({unit})", "money for offers ({unit})"),
    "plan_curve.y": Text("预计多赚", "expected to bring"),
    "plan_curve.cost": Text("花掉的钱", "money spent"),
    "plan_curve.here": Text("这份计划", "this plan"),
    "plan_curve.budget": Text("预算", "budget"),
    "plan_curve.edge": Text("边线", "edge"),
    "plan_curve.price": Text("最后 1 {unit}带回", "the last {unit}1 brings"),
    "plan_curve.users": Text("人", "users"),
    "plan_curve.edge_at": Text(
        "花到 {at} 为止, 每多发 1 {unit}还能带回 {edge} {unit}以上; 再多就不到了, 给再大的池子也不花。",
        "Up to {at} each further {unit}1 brings {unit}{edge} or more; beyond that it does not, and a larger pot would stay unspent.",
    ),
    "plan_curve.more": Text(
        "预算这一段还没走平: 加到 {more}, 预计再多赚 {gain}。",
        "It is not yet flat at the budget: with {more} it would bring {gain} more.",
    ),
    "plan_curve.none": Text(
        "没有能计划的活动, 画不出来。", "Without a campaign to plan there is nothing to draw."
    ),
    "chart.plan_curve": Text("不同余额池预计多赚: {parts}", "What a pot is expected to bring: {parts}"),
    "plan_curve.sampled": Text(
        "人很多, 这里是按随机取的约 {users} 人算出来, 再按比例放大的。",
        "With so many users this was computed from about {users} of them, taken at random, and scaled up.",
    ),
    "section.plan_beside": Text("同样的钱, 换个发法", "The same money, given otherwise"),
    "lead.plan_beside": Text(
        "用同一把尺子量: 各种发法最多花一样多的钱, 扣掉花费各净赚多少。别的发法只守预算, 不守其它规则。",
        "One yardstick: other ways to give at most the same money, less what they cost. They keep the budget and no other rule.",
    ),
    "plan_beside.amount": Text("{name}({amount})", "{name} ({amount})"),
    "plan_beside.none": Text("没有可比的。", "There is nothing to compare."),
    "section.plan_rules": Text("每条规则要花掉多少", "What each rule costs"),
    "lead.plan_rules": Text(
        "规则会让计划少赚一点, 换来公平或安心。值不值, 您定。",
        "A rule gives up some gain for fairness or peace of mind. Whether it is worth it is yours to say.",
    ),
    "plan_rules.none": Text("除了余额池, 没有别的规则。", "There is no rule but the pot."),
    "plan_rules.costs": Text("这条规则要花掉 {amount}。", "This rule costs {amount}."),
    "plan_rules.price_fen": Text(
        "松 1 {unit}, 预计多赚 {price} {unit}。", "Loosened by {unit}1, it would bring {unit}{price} more."
    ),
    "plan_rules.price_users": Text("松 1 个人, 预计多赚 {price}。", "Loosened by one user, {price} more."),
    "plan_rules.others": Text(
        "另有 {count} 条规则没碰到, 不花钱: {names}。",
        "{count} more rules are not reached and cost nothing: {names}.",
    ),
    "plan_rules.used": Text("用了 {used}, 上限 {limit}。", "{used} of {limit} used."),
    "plan_rules.used_least": Text("做到 {used}, 下限 {limit}。", "{used} reached, {limit} wanted."),
    "plan_rules.from_table": Text("活动表里写的", "from the campaigns table"),
    "section.plan_curves": Text("每个面额带来多少", "What each amount brings"),
    "lead.plan_curves": Text(
        "给一个人多少, 平均多赚多少。只用随机分过组的数据, 竖线是 95% 的范围。虚线是花费: 点在虚线上面才划算。",
        "What an amount brings for each user who is offered it, from randomised data; uprights are 95% ranges. The dashed line "
        "is its cost: above it, it pays.",
    ),
    "plan_curves.x": Text("面额", "amount"),
    "plan_curves.y": Text("人均多赚", "brought a user"),
    "plan_curves.cost": Text("人均花费", "cost a user"),
    "plan_curves.segment": Text("{segment} · {users} 人可以发", "{segment} · {users} may get it"),
    "plan_curves.best": Text(
        "最好的一档是 {segment} {amount}: 每花 1 {unit}带回 {each} {unit}。",
        "Its best is {amount} for {segment}: {unit}1 brings back {unit}{each}.",
    ),
    "plan_curves.unknown": Text(
        "{segments}: 没有随机数据, 这个活动不发给他们。",
        "{segments}: no randomised data, so this campaign is not given to them.",
    ),
    "plan_curves.attributed": Text(
        "历史上的归因回报是 {value}, 但它分不出谁本来就会买, 不能拿来计划。",
        "History shows an attributed return of {value}; that cannot tell who would have bought anyway, so nothing is planned on it.",
    ),
    "plan_curves.test": Text(
        "想知道值不值: 随机挑 {users} 人, 一半照发、一半不发, 看 {days} 天, 大约花 {cost}。",
        "To know: pick {users} users at random, give to half of them, wait {days} days; it costs about {cost}.",
    ),
    "plan_curves.test_command": Text(
        "名单可以自动写好: huoshui plan 文件夹 --period {period} --budget … --test {campaign}",
        "The list can be written for you: huoshui plan DIR --period {period} --budget … --test {campaign}",
    ),
    "plan_curves.no_test": Text("现在的人数不够做测试。", "There are too few users for a test."),
    "plan_curves.few": Text("数据不够", "not enough data"),
    "chart.plan_response": Text(
        "{name}, 各面额人均多赚: {parts}", "{name}, brought a user by amount: {parts}"
    ),
    "section.plan_check": Text("随机抽几个人, 您来看", "Drawn at random, for your eye"),
    "lead.plan_check": Text(
        "您比数据更认识他们。每人点“对”或“不对”, 也可以写一句为什么。答案只存在这台设备的这个浏览器里, 点下面的按钮存成表格。",
        "You know them better than the data do. Say right or wrong, and why if you like. Answers stay in this browser on this "
        "device; the button below saves them as a table.",
    ),
    "plan_check.none": Text("没有可看的人。", "There is nobody to look at."),
    "plan_check.give": Text("给 {amount}", "Gets {amount}"),
    "plan_check.nothing": Text("不发", "Gets nothing"),
    "plan_check.below": Text("少给到 {amount}: 预计多赚 {value}", "with {amount} instead: brings {value}"),
    "plan_check.above": Text("多给到 {amount}: 预计多赚 {value}", "with {amount} instead: brings {value}"),
    "plan_check.would": Text("要是给 {amount}: 预计多赚 {value}", "were it {amount}: brings {value}"),
    "plan_check.right": Text("对", "Right"),
    "plan_check.wrong": Text("不对", "Wrong"),
    "plan_check.why": Text("为什么(可不写)", "why (if you like)"),
    "plan_check.save": Text("存成表格 (CSV)", "Save as a table (CSV)"),
    "plan_check.far": Text("看了 {done} / {all} 人, {wrong} 个不对", "{done} of {all} seen, {wrong} wrong"),
    "plan_check.no_storage": Text(
        "这个浏览器不让网页存东西, 关掉前请先存成表格。",
        "This browser lets a page keep nothing: save the table before you close it.",
    ),
    "plan_check.file": Text("huoshui-核对-{period}.csv", "huoshui-check-{period}.csv"),
    "section.plan_learn": Text("留一点钱继续学", "A little kept for learning"),
    "lead.plan_learn": Text(
        "有人长期留出、有人探索, 下个月才知道这份计划是真有用还是凑巧。",
        "Some are held out and some explore, so that next month can tell skill from luck.",
    ),
    "plan_learn.holdout": Text(
        "长期留出 {share} 的用户({users} 人): 不发优惠, 按规则该给的照给。每季度换一批。",
        "{share} of users ({users}) are held out: no offers, though everything owed by published rules. Another {share} each quarter.",
    ),
    "plan_learn.explore": Text(
        "探索 {share}({users} 人): 随机给一个面额, 预计花 {cost}, 已经先从余额池里扣出来。明知带不回边线的面额不试。",
        "{share} ({users}) explore: an amount by chance; the expected {cost} is taken out of the pot first. What is known not to "
        "bring back the edge is not tried.",
    ),
    "plan_learn.no_holdout": Text(
        "没有留出: 下个月说不清这份计划带来了多少。",
        "Nobody is held out: next month cannot tell what this plan brought.",
    ),
    "plan_learn.no_explore": Text(
        "没有探索: 没试过的面额, 以后也还是不知道。", "Nobody explores: amounts never tried stay unknown."
    ),
    "plan_learn.nothing_to_explore": Text(
        "这次没有人探索: 要么明知带不回边线, 要么没有数据。",
        "Nobody explores this time: amounts are known not to bring back the edge, or have no data.",
    ),
    "plan_learn.cap": Text("每人在这个月至多 {amount}。", "At most {amount} a user in this period."),
    "plan_learn.cool_down": Text("发过一次, {days}内不再发。", "After a reward, none for {days}."),
    "sub.plan_reserves": Text("余额池怎么分", "How the pot is divided"),
    "section.plan_assumed": Text("这些数怎么来的", "Where these figures come from"),
    "lead.plan_assumed": Text("算的时候假定了什么, 哪里要留个心眼。", "What was assumed, and what to mind."),
    "plan_assumed.random": Text(
        "每个面额带来多少, 只看随机分过组的人: 拿到的和没拿到的比。没有随机分组的活动不计划。",
        "What an amount brings is read from randomised users alone: those who got it against those who did not. "
        "A campaign without is not planned.",
    ),
    "plan_assumed.factor": Text(
        "从许多估出来的数里挑最好的, 总会挑中几个碰巧偏高的。所以预计多赚乘过 {factor}: 原来是 {plain}, 现在写 {value}。",
        "Picking the best of many estimates picks some that are high by luck. So the promise was multiplied by {factor}: "
        "plainly {plain}, told as {value}.",
    ),
    "plan_assumed.face": Text(
        "钱按预计用掉的算: 面额 {face}, 预计用掉 {cost}。万一全用掉, 最多是 {face}。",
        "Money is counted as expected to be used: {face} of face value, {cost} used. Were all of it used, it would be {face}.",
    ),
    "plan_assumed.edge": Text(
        "边线 {edge}: 最后 1 {unit}至少带回 {edge} {unit}, 不到就留着。想多发, 把 --edge 调低。",
        "Edge {edge}: the last {unit}1 brings back {unit}{edge} at least, or is kept. To give more, lower --edge.",
    ),
    "plan_assumed.seed": Text(
        "同样的文件、同样的选项、种子 {seed}, 再算一遍一模一样。",
        "The same files, options and seed ({seed}) give the same plan again, to the byte.",
    ),
    "table.plan_campaigns": Text("活动", "Campaigns"),
    "table.plan_cells": Text("谁拿多少", "Who gets what"),
    "table.plan_curve": Text("不同的余额池", "Other pots"),
    "table.plan_beside": Text("几种发法", "Ways to give"),
    "table.plan_response": Text("{name} 各面额", "{name}, by amount"),
    "table.plan_reserves": Text("余额池怎么分", "How the pot is divided"),
    "col.plan_status": Text("在不在计划里", "In the plan?"),
    "col.plan_users": Text("发给", "Users"),
    "col.plan_face": Text("面额", "Face value"),
    "col.plan_cost": Text("预计用掉", "Expected spent"),
    "col.plan_value": Text("预计多赚", "Expected to bring"),
    "col.plan_return": Text("每 1 {unit}带回", "Return of {unit}1"),
    "col.plan_amount": Text("每人给", "Each gets"),
    "col.plan_arm": Text("怎么选的", "Chosen"),
    "col.plan_budget": Text("挑人发的钱", "Money for offers"),
    "col.plan_spent": Text("会花掉", "Would be spent"),
    "col.plan_price": Text("最后 1 {unit}带回", "The last {unit}1 brings"),
    "col.plan_way": Text("发法", "Way"),
    "col.plan_net": Text("净赚", "Earned"),
    "col.plan_n": Text("随机数据人数", "Randomised users"),
    "col.plan_in_plan": Text("这份计划里", "In this plan"),
}

_LINES: dict[str, Text] = {
    "plan_line.title": Text(
        "活水计划 · {name} · {period} · 余额池 {budget}", "Huoshui plan · {name} · {period} · pot {budget}"
    ),
    "plan_line.simulated": Text("[模拟数据] {line}", "[SIMULATED DATA] {line}"),
    "plan_line.used": Text(
        "发出面额 {face}, 预计用掉 {cost}; 平均每 1 {unit}带回 {mean}, 最后 1 {unit}带回 {price}。",
        "Face value {face}, {cost} expected to be used; {unit}1 brings {mean} on average, the last one {price}.",
    ),
    "plan_line.most": Text("花得最多: {parts}。", "Most goes to: {parts}."),
    "plan_line.cell": Text(
        "{segment}·{campaign} {amount} × {users} 人", "{segment}, {campaign}, {amount} × {users}"
    ),
    "plan_line.first": Text("先扣出来的: {parts}。", "Taken out first: {parts}."),
    "plan_line.part": Text("{name} {amount}", "{name} {amount}"),
    "plan_line.rule": Text(
        "最花钱的规则: {rule}, 少赚 {amount}。", "The dearest rule: {rule}; it costs {amount}."
    ),
    "plan_line.unknown": Text(
        "还不能计划: {names}; 先做小测试(见网页)。",
        "Not plannable yet: {names}; a small test comes first (see the page).",
    ),
    "plan_line.check": Text(
        "发之前看一眼: 网页里随机抽了 {n} 人, 点“对”或“不对”。",
        "Before you give: the page shows {n} users drawn at random; say right or wrong.",
    ),
}

_TURNOVER: dict[str, Text] = {
    "plan.headline_kept.gross": Text(
        "{budget}里花 {spent}, {kept}留着; 再发出去, 每 1 {unit}带不回 {edge} {unit}的成交额。",
        "Of {budget}, spend {spent} and keep {kept}; given out, a further {unit}1 would not bring {unit}{edge} of turnover.",
    ),
    "plan.headline_used.gross": Text(
        "{budget}都有去处; 再多投 1 {unit}, 预计多带来成交额 {price} {unit}。",
        "All of {budget} is put to use; a further {unit}1 would bring {unit}{price} of turnover.",
    ),
    "plan.headline_no_money.gross": Text(
        "没有钱可发; 要是有 1 {unit}, 预计多带来成交额 {price} {unit}。",
        "There is no money to give; {unit}1 would bring {unit}{price} of turnover.",
    ),
    "plan.headline_owed.gross": Text(
        "{budget}都被按规则一定要给的占了, 没剩下挑人发的; 要是再多投 1 {unit}, 预计多带来成交额 {price} {unit}。",
        "All of {budget} is owed by published rules, nothing is left for offers; a further {unit}1 would bring {unit}{price} of "
        "turnover.",
    ),
    "plan.headline_nothing_pays.gross": Text(
        "{kept}先都留着; 随便发给谁, 每 1 {unit}都带不回 {edge} {unit}的成交额。",
        "Keep all of {kept}; nobody would bring {unit}{edge} of turnover for a further {unit}1.",
    ),
    "plan.beside.gross": Text(
        "同样的钱, {other}{earns} {value}; 这份计划比它多 {more} (成交额口径, 不是利润)。",
        "With the same money, {other} {earns} {value}; this plan brings {more} more (turnover, not profit).",
    ),
    "plan.tile_return_below.gross": Text(
        "成交额口径, 和不发相比", "turnover, not profit; against giving nothing"
    ),
    "plan.tile_price_below.gross": Text(
        "成交额口径; 再多投 1 {unit}大约也是", "turnover; and so would one more"
    ),
    "lead.plan_curve.gross": Text(
        "横着看是挑人发多少钱, 竖着看是预计多带来多少成交额, 不是利润。虚线是花掉的钱。越往右越平: 好用的钱先花掉了。",
        "Across: the money for offers. Up: the turnover it is expected to bring, which is no profit. Dashed: what it costs. "
        "It flattens: the best uses come first.",
    ),
    "plan_curve.y.gross": Text("预计多带来成交额", "turnover expected"),
    "plan_curve.more.gross": Text(
        "预算这一段还没走平: 加到 {more}, 预计再多带来成交额 {gain}。",
        "It is not yet flat at the budget: with {more} it would bring {gain} more of turnover.",
    ),
    "chart.plan_curve.gross": Text(
        "不同余额池预计多带来成交额: {parts}", "Turnover that a pot is expected to bring: {parts}"
    ),
    "lead.plan_beside.gross": Text(
        "用同一把尺子量: 各种发法最多花一样多的钱, 各带来多少成交额(不是利润)。别的发法只守预算, 不守其它规则。",
        "One yardstick: ways to give at most the same money, and the turnover each brings, which is no profit. The others keep "
        "the budget and no other rule.",
    ),
    "lead.plan_rules.gross": Text(
        "规则会让计划少带来一点成交额, 换来公平或安心。值不值, 您定。",
        "A rule gives up some turnover for fairness or peace of mind. Whether it is worth it is yours to say.",
    ),
    "plan_rules.costs.gross": Text(
        "这条规则少带来成交额 {amount}。", "This rule costs {amount} of turnover."
    ),
    "plan_rules.price_fen.gross": Text(
        "松 1 {unit}, 预计多带来成交额 {price} {unit}。",
        "Loosened by {unit}1, it would bring {unit}{price} more of turnover.",
    ),
    "plan_rules.price_users.gross": Text(
        "松 1 个人, 预计多带来成交额 {price}。", "Loosened by one user, {price} more of turnover."
    ),
    "lead.plan_curves.gross": Text(
        "给一个人多少, 平均多带来多少成交额, 不是利润。只用随机分过组的数据, 竖线是 95% 的范围。虚线是花费。",
        "The turnover, not profit, that an amount brings for each user who is offered it, from randomised data; uprights are "
        "95% ranges. The dashed line is its cost.",
    ),
    "plan_curves.y.gross": Text("人均多带来成交额", "turnover a user"),
    "chart.plan_response.gross": Text(
        "{name}, 各面额人均多带来成交额: {parts}", "{name}, turnover brought a user by amount: {parts}"
    ),
    "plan_check.below.gross": Text(
        "少给到 {amount}: 预计多带来成交额 {value}", "with {amount} instead: brings turnover of {value}"
    ),
    "plan_check.above.gross": Text(
        "多给到 {amount}: 预计多带来成交额 {value}", "with {amount} instead: brings turnover of {value}"
    ),
    "plan_check.would.gross": Text(
        "要是给 {amount}: 预计多带来成交额 {value}", "were it {amount}: brings turnover of {value}"
    ),
    "plan_assumed.factor.gross": Text(
        "从许多估出来的数里挑最好的, 总会挑中几个碰巧偏高的。所以预计带来的成交额乘过 {factor}: 原来是 {plain}, 现在写 {value}。",
        "Picking the best of many estimates picks some that are high by luck. So the turnover was multiplied by {factor}: "
        "plainly {plain}, told as {value}.",
    ),
    "col.plan_value.gross": Text("多带来成交额", "Turnover expected"),
    "col.value_per_user.gross": Text("人均多带来成交额", "Turnover a user"),
    "plan_line.rule.gross": Text(
        "最花钱的规则: {rule}, 少带来成交额 {amount}。",
        "The dearest rule: {rule}; it costs {amount} of turnover.",
    ),
}
"""The wording where the cost of goods is unknown: see plan_page.speech."""

PLAN_TEXTS: dict[str, Text] = {**_STATES, **_ANSWER, **_SECTIONS, **_LINES, **_TURNOVER}


def _d(zh: str, en: str, meaning_zh: str, meaning_en: str) -> Definition:
    return Definition(Text(zh, en), Text(meaning_zh, meaning_en))


PLAN_DEFINITIONS: dict[str, Definition] = {
    "edge": _d(
        "边线",
        "Edge",
        "余额池最后 1 {unit}至少要带回几{unit}, 默认 1.00。带不回的就不发, 钱留着。",
        "What the last yuan of the pot must bring back at least, 1.00 unless set. What would bring less is not given, and kept.",
    ),
    "promise": _d(
        "预计多赚",
        "Promise",
        "照计划发, 窗口期内比什么都不发多出来的价值。从许多估计里挑最好的总会偏高, 所以已经往下打过折。",
        "The extra value within the window against giving nothing. The best of many estimates reads high, so it was scaled down.",
    ),
    "face": _d(
        "面额",
        "Face value",
        "写在奖励上的金额。不是每个人都会用, 所以实际花掉的比面额少。",
        "The amount written on a reward. Not everybody uses it, so less than that is spent.",
    ),
    "expected_spent": _d(
        "预计用掉",
        "Expected spent",
        "面额里预计真正会被用来付订单的部分, 按这个活动过去的使用率算。",
        "The part of the face value that is expected to pay for orders, by the campaign's past.",
    ),
    "level": _d(
        "档位",
        "Level",
        "一个活动里的一种面额。一个人至多拿一个活动的一档。",
        "One amount of a campaign. A user gets at most one level of one campaign.",
    ),
    "entitlement": _d(
        "权益",
        "Entitlement",
        "公开规则写明要给的(充值送、完成任务送), 从不扣下, 先从余额池里扣出来。",
        "Given by a published rule (top-up bonus, tasks). Never withheld; taken out of the pot first.",
    ),
    "holdout": _d(
        "长期留出",
        "Holdout",
        "随机留出、这个季度不发优惠的一小部分人。和他们比, 才知道整份计划带来了多少。",
        "A few users chosen at random who get no offers this quarter. Against them one sees what the whole plan brought.",
    ),
    "exploration": _d(
        "探索",
        "Exploration",
        "随机挑一小部分人, 随机给一个面额, 好让下一份计划知道得更多。",
        "A few users chosen at random get an amount by chance, so that the next plan knows more.",
    ),
    "response_curve": _d(
        "效果曲线",
        "Response curve",
        "一类人在一个活动里, 给多少、平均多赚多少。",
        "In a segment and a campaign: what each amount brings on average.",
    ),
    "rule_cost": _d(
        "规则的代价",
        "Cost of a rule",
        "有这条规则和没有它, 计划预计多赚的差。",
        "What the plan would bring without the rule, less what it brings with it.",
    ),
    "cool_down": _d(
        "冷却期",
        "Cool-down",
        "发过一次之后, 多少天内不再发。",
        "The days after a reward in which no further one is given.",
    ),
    "user_cap": _d(
        "每人上限", "Cap a user", "一个周期里一个人至多拿多少。", "The most that one user gets in a period."
    ),
}
