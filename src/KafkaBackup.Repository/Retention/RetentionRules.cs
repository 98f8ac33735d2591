using System.Globalization;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// Applies a policy to epochs. The rules are restic's: going from the newest epoch to the oldest, a rule of periods keeps the first epoch that it meets of each
/// period, until it has kept as many as it may; if it may keep more than there are, it keeps the oldest as well.
/// </summary>
internal static class RetentionRules
{
    /// <summary>Why epochs are kept; an epoch that is not in it is not.</summary>
    /// <param name="epochs">The epochs, oldest first.</param>
    /// <param name="policy">The policy; not empty.</param>
    public static SortedDictionary<long, List<string>> Choose(IReadOnlyList<(long Sequence, DateTimeOffset SealedAt)> epochs, RetentionPolicy policy)
    {
        var kept = new SortedDictionary<long, List<string>>();
        if (epochs.Count == 0)
            return kept;
        Keep(epochs[^1].Sequence, "newest");
        if (!policy.HasKeepRule)
        {
            foreach (var epoch in epochs)
                Keep(epoch.Sequence, "no other rule");
        }

        foreach (var epoch in epochs.TakeLast(policy.KeepLast ?? 0))
            Keep(epoch.Sequence, "last");
        if (policy.KeepWithin is { } within)
        {
            foreach (var epoch in epochs.Where(epoch => epochs[^1].SealedAt - epoch.SealedAt <= within))
                Keep(epoch.Sequence, "within");
        }

        KeepPeriods(policy.KeepHourly, "hourly", time => time.ToString("yyyy-MM-ddTHH", CultureInfo.InvariantCulture));
        KeepPeriods(policy.KeepDaily, "daily", time => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        KeepPeriods(policy.KeepWeekly, "weekly", time => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(time)}-W{ISOWeek.GetWeekOfYear(time):00}"));
        KeepPeriods(policy.KeepMonthly, "monthly", time => time.ToString("yyyy-MM", CultureInfo.InvariantCulture));
        return kept;

        void Keep(long sequence, string reason) => (kept.TryGetValue(sequence, out var reasons) ? reasons : kept[sequence] = []).Add(reason);

        void KeepPeriods(int? most, string rule, Func<DateTime, string> periodOf)
        {
            string? last = null;
            var left = most ?? 0;
            for (var i = epochs.Count - 1; i >= 0 && left > 0; i--)
            {
                var period = periodOf(epochs[i].SealedAt.UtcDateTime);
                if (period == last && i > 0)
                    continue;
                Keep(epochs[i].Sequence, $"{rule} {period}");
                last = period;
                left--;
            }
        }
    }
}
