-- One round of deduplication: which of the undecided candidates an accepted event already stands for, and which are the
-- first of their id. The engine repeats it with the newly accepted among the accepted until nothing is undecided; more than
-- one round is needed only where the events of one id span more than the window.
-- Reads candidates(ordinal, tenant_id, event_id, event_time_us), ordinals in the order of arrival,
--       accepted(tenant_id, event_id, event_time_us),
--       rules(dedupe_window_us).
-- Accepted events of one id are further apart than the window, so event_time tells them apart; the earliest is named.
with matches as (
    select
        c.ordinal,
        c.tenant_id,
        c.event_id,
        min(
            case
                when a.event_time_us - c.event_time_us between -r.dedupe_window_us and r.dedupe_window_us then a.event_time_us
            end
        ) as kept_event_time_us
    from candidates as c
    cross join rules as r
    left join accepted as a on a.tenant_id = c.tenant_id and a.event_id = c.event_id
    group by c.ordinal, c.tenant_id, c.event_id
),
ranked as (
    select
        ordinal,
        kept_event_time_us,
        row_number() over (partition by tenant_id, event_id order by ordinal) as place
    from matches
)
select
    ordinal,
    case when kept_event_time_us is not null then 'duplicate' when place = 1 then 'accepted' else 'undecided' end as fate,
    kept_event_time_us
from ranked
