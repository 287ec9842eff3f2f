"""The words shops and operators use for our columns and choices, in Chinese and English.

A header is compared folded: full width made half, lower case, without blanks, underscores and a unit in
brackets. Within one table a word stands for one column only (tests/lake/test_words.py); which table a file
is, all its headers decide together.
"""

import re
import unicodedata
from functools import cache, lru_cache

from huoshui.lake.tables import TABLES, Column

COLUMN_WORDS: dict[str, dict[str, str]] = {
    "orders": {
        "order_id": "订单号 订单编号 订单ID 订单id 单号 交易号 商户订单号 order_no order_sn trade_no orderid order_number",
        "user_id": "用户ID 用户 用户编号 用户名 会员 会员ID 会员编号 会员名 客户 客户ID 买家 买家ID uid member_id owner customer "
        "customer_id buyer buyer_id user username",
        "guest_key": "游客联系方式 联系方式 邮箱 联系邮箱 下单邮箱 游客 guest contact email guest_email guest_contact",
        "created_at": "下单时间 创建时间 订单时间 下单日期 创建日期 订单日期 日期 时间 create_time order_time created "
        "order_date createtime date",
        "paid_at": "支付时间 付款时间 支付日期 付款日期 完成时间 pay_time payment_time paid_time",
        "status": "订单状态 状态 支付状态 order_status pay_status state",
        "product_id": "商品ID 商品编号 商品 商品名称 产品 产品ID 产品名称 货品 goods_id commodity_id sku goods product item "
        "item_id product_name goods_name title",
        "qty": "数量 购买数量 件数 下单数量 商品数量 card_num buy_amount quantity num count",
        "list_price": "单价 商品单价 原价 标价 零售价 unit_price price goods_price list_unit_price",
        "paid": "实付金额 实付 实际支付 实付款 支付金额 付款金额 实收 实收金额 金额 订单金额 成交金额 现金支付 paid_amount "
        "actual_price amount pay_amount total_amount money online_paid_amount",
        "balance_paid": "本金余额支付 余额支付 余额抵扣 本金支付 使用余额 钱包支付 wallet_paid wallet_paid_amount balance_amount "
        "balance_pay",
        "bonus_paid": "激励余额支付 赠金支付 赠送余额支付 奖励金支付 红包支付 赠送余额 奖励余额支付 bonus bonus_pay gift_balance",
        "coupon": "优惠券抵扣 优惠券金额 优惠券 代金券 券抵扣 coupon_discount_price coupon_amount coupon_discount",
        "level_discount": "等级优惠 会员优惠 会员折扣 等级折扣 会员减免 member_discount vip_discount member_discount_amount",
        "promo_discount": "活动优惠 促销优惠 满减 批发优惠 优惠金额 折扣金额 优惠 promotion_discount discount_amount discount "
        "wholesale_discount_price promotion_discount_amount",
        "cost_of_goods": "货品成本 商品成本 成本 进货成本 成本价 进价 总成本 cost rent cost_price goods_cost cogs total_cost",
        "payment_channel": "支付通道 支付方式 付款方式 支付渠道 通道 pay_id pay_type payment_method pay_way channel pay_channel "
        "channel_type",
        "payment_fee": "支付手续费 手续费 接口手续费 通道费 通道手续费 pay_cost fee pay_fee fee_amount",
        "source": "来源渠道 来源 渠道 订单来源 推广渠道 order_source from_source",
        "agent_id": "代理ID 代理 代理编号 代理商 推广人 推广员 推广者 分销商 分销员 邀请人 agent promoter affiliate affiliate_id "
        "promoter_id agent_name",
        "agent_commission": "代理佣金 佣金 推广分成 推广佣金 分销佣金 代理分成 返佣 commission divide_amount affiliate_commission",
        "site_id": "分站ID 分站 站点 店铺 子站 site shop_id substation_user_id substation store",
        "site_fee": "分站手续费 分站费 站点费 平台抽成 抽成 site_commission",
        "ip_hash": "下单IP IP IP地址 buy_ip create_ip client_ip ip_address",
        "device": "下单设备 设备 终端 create_device platform client",
    },
    "users": {
        "user_id": "用户ID 会员ID 用户编号 会员编号 用户名 会员 会员名 账号 ID uid member_id username user userid",
        "created_at": "注册时间 创建时间 注册日期 加入时间 create_time register_time registered_at reg_time signup_at created",
        "status": "状态 用户状态 会员状态 账号状态 user_status state",
        "upline_id": "上级ID 上级 邀请人 邀请人ID 推荐人 推荐人ID 上级代理 pid parent_id inviter inviter_id referrer referrer_id",
        "tier": "会员等级 等级 用户等级 用户组 会员组 level business_level member_level member_level_id vip vip_level group",
        "country": "国家地区 国家 地区 region country_code",
        "contact_hash": "联系方式 手机 手机号 手机号码 邮箱 电话 QQ 微信 email phone mobile contact qq wechat",
        "device_hash": "设备 设备号 设备指纹 device device_id fingerprint",
        "ip_hash": "IP 注册IP 登录IP IP地址 login_ip register_ip create_ip last_ip ip_address",
        "cum_recharge": "累计充值 充值总额 总充值 历史充值 recharge total_recharged total_recharge recharge_total",
        "cum_spend": "累计消费 消费总额 总消费 历史消费 total_spent total_spend spend_total total_consumption",
    },
    "balance_entries": {
        "entry_id": "流水号 流水ID 流水编号 记录ID 账单ID 编号 序号 ID bill_id transaction_id log_id reference",
        "user_id": "用户ID 用户 会员 会员ID 用户名 会员名 owner uid member_id user",
        "at": "时间 变动时间 发生时间 创建时间 日期 交易时间 create_time created_at happened_at time date",
        "direction": "方向 收支 收支类型 收支方向 变动方向 进出 in_out inout flow",
        "amount": "金额 变动金额 变动额 交易金额 发生额 change change_amount money delta",
        "kind": "类型 流水类型 业务类型 变动类型 交易类型 type biz_type entry_type transaction_type",
        "order_id": "订单号 关联订单 关联订单号 订单ID 业务单号 order_no order_sn trade_no ref_id related_order_id",
        "balance_after": "变动后余额 余额 当前余额 变动后 结余 账户余额 balance after after_balance balance_after_amount",
        "memo": "备注 说明 摘要 描述 日志 原因 log remark note description reason",
        "campaign_id": "活动ID 活动 活动编号 activity_id campaign promotion_id",
    },
    "recharges": {
        "recharge_id": "充值单号 充值订单号 充值编号 订单号 单号 充值ID 流水号 trade_no recharge_no order_no recharge_sn ID",
        "user_id": "用户ID 用户 会员 会员ID 用户名 会员名 充值用户 owner uid member_id user",
        "created_at": "下单时间 创建时间 充值时间 时间 日期 提交时间 create_time created time date",
        "paid_at": "支付时间 付款时间 到账时间 完成时间 pay_time payment_time",
        "status": "状态 支付状态 充值状态 订单状态 pay_status state",
        "amount": "充值金额 金额 充值额 到账金额 支付金额 money recharge_amount",
        "bonus": "赠送金额 赠送 赠送额 赠金 奖励金额 gift bonus_amount gift_amount",
        "fee": "手续费 支付手续费 通道费 pay_cost fee_amount pay_fee",
        "payment_channel": "支付通道 支付方式 充值方式 付款方式 支付渠道 pay_id pay_type payment_method channel_type pay_channel",
        "ip_hash": "下单IP IP 充值IP IP地址 create_ip client_ip",
    },
    "refunds": {
        "refund_id": "退款单号 退款编号 退款ID 售后单号 refund_no ID refund_sn",
        "order_id": "订单号 订单编号 订单ID 原订单号 关联订单 order_no order_sn trade_no",
        "amount": "退款金额 金额 退款额 退回金额 refund_amount money",
        "at": "退款时间 时间 日期 创建时间 完成时间 refund_time refunded_at created_at create_time time date",
        "type": "退款类型 类型 退款方式 退款去向 refund_type method",
    },
    "commissions": {
        "commission_id": "佣金单号 佣金ID 佣金编号 编号 序号 ID commission_no",
        "order_id": "订单号 订单编号 订单ID 关联订单 order_no order_sn trade_no",
        "agent_id": "代理ID 代理 代理商 推广人 推广员 分销商 分销员 收益人 agent affiliate_id affiliate_profile_id promoter",
        "level": "层级 级别 代理层级 分销层级 tier layer",
        "base": "佣金基数 基数 计佣金额 订单金额 base_amount",
        "rate": "佣金比例 比例 费率 佣金率 rate_percent commission_rate",
        "amount": "佣金金额 佣金 金额 返佣金额 commission_amount commission",
        "status": "状态 佣金状态 结算状态 commission_status state",
        "confirm_at": "结算时间 确认时间 到账时间 confirm_time confirmed_at settled_at",
    },
    "agents": {
        "agent_id": "代理ID 代理 代理编号 代理商 代理名 推广人 ID agent agent_name",
        "upline_id": "上级代理ID 上级代理 上级 上级ID parent_id pid upline parent upline_agent_id",
        "level": "层级 代理层级 代理等级 级别 等级 layer tier",
    },
    "agent_prices": {
        "product_id": "商品ID 商品 商品编号 商品名称 goods_id commodity_id sku product",
        "level": "层级 代理层级 代理等级 级别 等级 layer tier",
        "price": "拿货价 代理价 供货价 价格 进货价 agent_price supply_price",
    },
    "levels": {
        "level": "等级 会员等级 等级名称 级别 name level_name",
        "threshold": "累计充值门槛 门槛 升级条件 累计充值 所需充值 充值门槛 recharge min_recharge recharge_threshold upgrade_amount",
        "discount": "等级折扣(减免比例) 等级折扣 减免比例 折扣 优惠比例 discount_rate",
    },
    "recharge_bonus_rules": {
        "amount": "充值额 充值金额 充值 满 金额 recharge recharge_amount",
        "bonus": "赠送额 赠送金额 赠送 送 gift bonus_amount",
    },
    "campaigns": {
        "campaign_id": "活动ID 活动编号 ID activity_id campaign",
        "name": "活动名称 活动名 活动 名称 title campaign_name",
        "purpose": "目的 活动目的 活动类型 类型 目标 type goal",
        "start": "开始 开始时间 开始日期 起始时间 start_at start_time start_date begin",
        "end": "结束 结束时间 结束日期 截止时间 end_at end_time end_date",
        "budget": "预算 活动预算 总预算 预算金额 budget_amount",
        "bar": "保本线 最低回报 min_return",
        "window_days": "归因天数 归因窗口 观察天数 window attribution_days",
        "value_cap": "价值上限 封顶价值 cap",
    },
    "assignments": {
        "assignment_id": "分组记录号 分组ID 记录ID 编号 序号 ID",
        "campaign_id": "活动ID 活动 活动编号 activity_id campaign",
        "user_id": "用户ID 用户 会员 会员ID 用户名 uid member_id user",
        "at": "时间 分组时间 分配时间 assigned_at created_at time date",
        "arm": "分组 组别 实验组 实验分组 group bucket variant",
        "amount": "金额 奖励金额 发放金额 面额 reward reward_amount",
        "probability": "进入该组的概率 概率 入组概率 prob p propensity",
    },
    "costs": {
        "scope": "范围 适用范围 成本范围",
        "scope_id": "范围ID 对象 对象ID target target_id",
        "part": "成本项 项目 成本类型 费用项 item cost_part",
        "base": "计费基数 基数 计费方式 base_of_rate",
        "from": "开始 开始时间 起 生效时间 start start_at",
        "to": "结束 结束时间 止 失效时间 end end_at",
        "rate": "费率 比例 fee_rate",
        "fixed": "固定金额 固定费用 金额 fixed_amount amount",
    },
    "payment_channels": {
        "payment_channel": "支付通道 通道 支付方式 通道名称 支付渠道 name channel pay_name",
        "provider": "服务商 通道商 支付公司 供应商 company",
        "fee_rate": "费率 手续费率 通道费率 rate",
        "fee_fixed": "每笔固定费 固定手续费 单笔费用 每笔手续费 fixed fixed_fee",
    },
    "events": {
        "event_id": "事件ID 事件编号 ID",
        "user_id": "用户ID 用户 会员 会员ID uid user",
        "visitor": "访客 访客ID 匿名ID visitor_id anonymous_id distinct_id",
        "at": "时间 事件时间 发生时间 event_time created_at time timestamp",
        "type": "类型 事件类型 事件 事件名 event event_type event_name",
        "product_id": "商品ID 商品 商品编号 goods_id commodity_id sku product",
        "props": "属性 参数 properties params",
    },
    "products": {
        "product_id": "商品ID 商品编号 编号 ID goods_id commodity_id sku code",
        "name": "商品名称 商品名 名称 商品 title goods_name gd_name product_name",
        "category": "分类 商品分类 类目 品类 category_id category_name group_id",
        "price": "售价 价格 单价 零售价 actual_price retail_price sale_price",
        "cost": "成本价 成本 进价 进货价 cost_price factory_price",
        "in_pool": "余额专享 仅余额 专享池 balance_only pool",
    },
}  # fmt: skip

FILE_WORDS: dict[str, str] = {
    "orders": "订单 order orders 销售",
    "users": "用户 会员 user users member members customers",
    "balance_entries": "余额流水 流水 账单 资金明细 余额明细 balance_entries balance bill wallet_transactions entries",
    "recharges": "充值 充值订单 充值记录 recharges recharge user_recharge topup wallet_recharge_orders",
    "refunds": "退款 售后 refunds refund order_refund_records",
    "commissions": "佣金 分佣 返佣 commissions commission affiliate_commissions",
    "agents": "代理 代理商 agents agent",
    "agent_prices": "代理拿货价 拿货价 代理价 agent_prices",
    "levels": "会员等级规则 等级规则 会员等级 等级 levels level business_level user_group member_levels",
    "recharge_bonus_rules": "充值赠送规则 赠送规则 充值活动 recharge_bonus_rules bonus_rules",
    "campaigns": "活动 campaigns campaign activities",
    "assignments": "分组名单 分组 实验名单 assignments assignment",
    "costs": "其它成本 其他成本 成本 costs cost",
    "payment_channels": "支付通道 通道 payment_channels pays pay channels",
    "events": "行为事件 事件 行为 埋点 events event",
    "products": "商品 产品 products goods commodity commodities product",
}

CHOICE_WORDS: dict[tuple[str, str], dict[str, str]] = {
    ("orders", "status"): {
        "unpaid": "未支付 待支付 未付款 待付款 等待支付 pending pending_payment wait_pay created",
        "paid": "已支付 已付款 支付成功 付款成功 待发货 待处理 处理中 processing fulfilling success",
        "delivered": "已完成 完成 已发货 发货成功 交易成功 交易完成 已签收 completed complete done finished fulfilled",
        "partly_refunded": "部分退款 partially_refunded partial_refund",
        "refunded": "已退款 全额退款 退款成功 退款 refund",
        "failed": "失败 支付失败 发货失败 异常 已失败 error abnormal",
        "closed": "已关闭 关闭 已取消 取消 已过期 过期 超时关闭 canceled cancelled expired timeout",
    },
    ("orders", "source"): {
        "direct": "直客 直接 自营 自然 主站 官网 直营 organic self",
        "agent": "代理 代理商 分销 分销商 reseller",
        "promoter": "推广 推广员 推广人 推广者 邀请 affiliate referral 返利",
        "site": "分站 站点 子站 合作站 平台 店铺 substation platform",
        "ad": "广告 投放 信息流 ads paid_ads",
    },
    ("users", "status"): {
        "active": "正常 启用 1 有效 enabled normal ok",
        "frozen": "冻结 禁用 停用 封禁 0 已冻结 disabled banned blocked suspended",
        "abuser": "作弊 羊毛党 恶意 刷单 黑名单 欺诈 fraud blacklist",
        "deleted": "已删除 删除 注销 已注销 removed",
    },
    ("balance_entries", "direction"): {
        "in": "收入 入 入账 增加 收 转入 + 进 1 credit income",
        "out": "支出 出 出账 减少 支 转出 - 扣除 扣款 0 debit expense",
    },
    ("balance_entries", "kind"): {
        "opening": "期初 期初余额 初始 初始余额 结转",
        "recharge": "充值 在线充值 余额充值 topup top_up deposit",
        "recharge_bonus": "充值赠送 充值奖励 充值返利 赠送 bonus recharge_gift",
        "spend": "消费 支付 购买 下单 商品下单 余额支付 order_pay pay purchase consume",
        "refund": "退款 订单退款 退回 order_refund",
        "adjust": "调整 手动调整 人工调整 后台调整 管理员调整 手工 admin_adjust manual",
        "transfer": "转账 互转 转给 来自",
        "gift_card": "礼品卡 卡密充值 兑换码 兑换 gift_card_redeem giftcard redeem",
        "gift_card_given": "赠送礼品卡 礼品卡赠送 礼品卡(赠送) 免费礼品卡 活动兑换码 赠送兑换码 gift_card_gift free_gift_card "
        "promo_gift_card giftcard_given",
        "task": "任务 任务奖励 活动奖励 签到 签到奖励 奖励 reward",
        "cashback": "返现 消费返现 返利 cash_back",
        "commission": "佣金 推广分成 分成 返佣 推广佣金 affiliate_commission",
        "withdrawal": "提现 兑现 withdraw cashout",
        "expire": "过期 到期 失效 过期失效 expired",
        "clawback": "追回 收回 扣回 撤回 revoke",
    },
    ("recharges", "status"): {
        "unpaid": "未支付 待支付 0 未付款 pending created",
        "paid": "已支付 支付成功 1 成功 已到账 到账 完成 已完成 已付款 success completed",
        "failed": "失败 支付失败 已关闭 已取消 取消 已过期 过期 error closed expired canceled cancelled",
        "refunded": "已退款 退款 refund",
    },
    ("commissions", "status"): {
        "pending": "待结算 待确认 冻结中 未结算 pending_confirm",
        "confirmed": "已结算 已确认 可提现 available confirm settled",
        "withdrawn": "已提现 已打款 paid_out",
        "rejected": "已拒绝 拒绝 已驳回 驳回 无效 已取消 取消 canceled cancelled invalid",
    },
    ("campaigns", "purpose"): {
        "acquire": "拉新 获客 新客 新人 acquisition",
        "convert": "转化 促单 促转化 conversion",
        "retain": "留存 复购 促活 会员维系 retention",
        "reactivate": "召回 唤醒 唤回 沉睡唤醒 流失召回 winback",
    },
    ("assignments", "arm"): {
        "treated": "实验组 处理组 发放组 发放 实验 treatment treat test 1",
        "control": "对照组 对照 空白组 不发 holdout ctrl 0",
        "explore": "探索 探索组 随机 random exploration",
    },
    ("costs", "scope"): {
        "campaign": "活动",
        "source": "来源 来源渠道 渠道",
        "site": "分站 站点",
        "all": "全部 全平台 整体 所有",
    },
    ("costs", "part"): {
        "platform_cut": "平台抽成 抽成 平台费 平台扣点",
        "risk_reserve": "风险准备金 风险准备 准备金 风控准备金",
        "frozen": "冻结资金 冻结 被冻结",
        "other": "其它 其他 其它费用 其他费用",
    },
    ("costs", "base"): {
        "order_price": "订单金额 成交额 订单价 销售额",
        "bonus_issued": "激励发放额 发放额 赠送额 激励额",
        "top_up": "充值额 充值 充值金额",
        "month": "每月 按月 月 月固定",
    },
}  # fmt: skip

SECRET_WORDS = re.compile(
    r"卡密|卡号|密钥|密码|口令|私钥|secret|passw|pwd|token|apikey|privatekey|accesskey|cardkey|salt|^card$|^cards$|^password$"
    r"|^appkey$|^key$|^secretkey$|^pem$|发货内容|卡券码|提取码"
)
"""Columns that may hold what no one but the buyer may see; they are never read."""

PERSONAL_WORDS = re.compile(
    r"phone|mobile|e?mail|qq|wechat|weixin|alipay|contact|idcard|realname|address|telephone|手机|电话|邮箱|微信|支付宝|联系"
    r"|身份证|姓名|地址|收货|(^|[^a-z])ip($|[^a-z])|ip$|useragent|openid|unionid"
)
"""Columns with personal data beside those we hash; they are not kept in `extra`."""

TOTAL_WORDS = re.compile(
    r"^(合计|总计|小计|共计|总额|汇总|本页合计|本页小计|total|subtotal|grandtotal|sum)[:：]?$"
)
EXAMPLE_HEADERS = frozenset({"示例行", "examplerow"})
"""Folded header of the template's last column; a row that fills it is its example and is skipped."""

_UNIT = re.compile(r"[(\[（【](?:单位[:：]?)?(元|yuan|rmb|cny|人民币|¥|分|fen|%|次|个|件|天)[)\]）】]")
_JUNK = re.compile(r"[\s_\-*:：·.。、\"'`]+")


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """A header or a file name as it is compared."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _JUNK.sub("", _UNIT.sub("", plain))


def fold_value(text: str) -> str:
    """A choice as it is compared."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def is_fen_header(header: str) -> bool:
    """Whether the header itself says that its amounts are in fen."""
    plain = unicodedata.normalize("NFKC", header).casefold().strip()
    return bool(re.search(r"[(\[【](?:单位[:：]?)?(分|fen|cents?)[)\]】]$|_(fen|cents)$", plain))


def is_percent_header(header: str) -> bool:
    """Whether the header itself says that its rates are percentages."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return bool(re.search(r"[(\[【]%[)\]】]|百分比|percent", plain))


@lru_cache(maxsize=5_000)
def is_secret_header(header: str) -> bool:
    """Whether the header looks like card secrets, keys or passwords."""
    return bool(SECRET_WORDS.search(fold(header)))


@lru_cache(maxsize=5_000)
def is_personal_header(header: str) -> bool:
    """Whether the header looks like personal data."""
    return bool(PERSONAL_WORDS.search(fold(header)))


@cache
def column_words(table: str) -> dict[str, str]:
    """Folded header -> column of `table`; our own names and titles first."""
    words: dict[str, str] = {}
    for column in TABLES[table].columns:
        for word in (column.name, f"{column.name}_fen", column.title.zh, column.title.en):
            words.setdefault(fold(word), column.name)
    for name, text in COLUMN_WORDS[table].items():
        for word in text.split():
            words.setdefault(fold(word), name)
    return words


@cache
def all_column_words() -> frozenset[str]:
    """Every folded header that some table knows."""
    return frozenset(word for table in TABLES for word in column_words(table))


@cache
def choice_words(table: str, column: Column) -> dict[str, str]:
    """Folded text -> choice of `column`."""
    words = {fold_value(choice): choice for choice in column.choices}
    for choice, text in CHOICE_WORDS.get((table, column.name), {}).items():
        for word in text.split():
            words.setdefault(fold_value(word), choice)
    return words


def spoken_choices(table: str, column: Column) -> dict[str, str]:
    """Choice -> the first Chinese word for it."""
    spoken: dict[str, str] = {}
    for word, choice in choice_words(table, column).items():
        if not word.isascii():
            spoken.setdefault(choice, word)
    return spoken
