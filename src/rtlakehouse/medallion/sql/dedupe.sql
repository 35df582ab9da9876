-- One round of deduplication: which of the undecided candidates an accepted event already stands for, and which are the
-- first of their id. The engine repeats it with the newly accepted among the accepted until nothing is undecided; more than
-- one round is needed only where the events of one id span more than the window.
-- Reads candidates(ordinal, tenant_id, event_id, event_time_us), ordinals in the order of arrival,
--       accepted(tenant_id, event_id, event_time_us),
--       rules(dedupe_window_us).
-- Accepted events of one id are further apart than the window, so event_time tells them apart; the earliest is named. A round
-- goes no further than the first of an id that it accepts: that one may be the earliest that those after it are to name.
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
        coalesce(
            sum(case when kept_event_time_us is null then 1 else 0 end) over (
                partition by tenant_id, event_id
                order by ordinal
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as open_before
    from matches
)
select
    ordinal,
    case when open_before > 0 then 'undecided' when kept_event_time_us is not null then 'duplicate' else 'accepted' end as fate,
    kept_event_time_us
from ranked
