using CsCheck;
using KafkaBackup.Repository.Retention;
using Xunit;

namespace KafkaBackup.Repository.Tests.Retention;

public sealed class RetentionRulesTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_last_epochs_are_kept() => Assert.Equal([8, 9, 10], Kept(Hourly(10), new RetentionPolicy { KeepLast = 3 }));

    [Fact]
    public void Of_each_of_the_newest_days_the_last_epoch_is_kept() =>
        Assert.Equal([48, 72, 75], Kept(Hourly(75), new RetentionPolicy { KeepDaily = 3 }));

    [Fact]
    public void Of_each_hour_week_and_month_the_last_epoch_is_kept()
    {
        // Two an hour; hour 0 has epochs 1 and 2.
        var epochs = Enumerable.Range(0, 8).Select(i => ((long)i + 1, Monday.AddMinutes(30 * i))).ToList();
        Assert.Equal([6, 8], Kept(epochs, new RetentionPolicy { KeepHourly = 2 }));
        // Daily from a Monday on: weeks end with epochs 7, 14, 21; March ends with epoch 30.
        var days = Enumerable.Range(0, 45).Select(i => ((long)i + 1, Monday.AddDays(i))).ToList();
        Assert.Equal([35, 42, 45], Kept(days, new RetentionPolicy { KeepWeekly = 3 }));
        Assert.Equal([30, 45], Kept(days, new RetentionPolicy { KeepMonthly = 2 }));
        // Where more may be kept than there are, the oldest stays as well.
        Assert.Equal([1, 30, 45], Kept(days, new RetentionPolicy { KeepMonthly = 3 }));
    }

    [Fact]
    public void A_week_that_two_years_share_is_one() => Assert.Equal(
        [1, 4], Kept([(1, Utc(2025, 12, 27)), (2, Utc(2025, 12, 30)), (3, Utc(2026, 1, 2)), (4, Utc(2026, 1, 4))], new RetentionPolicy { KeepWeekly = 2 }));

    [Fact]
    public void Within_an_age_before_the_newest_all_are_kept_the_border_included() =>
        Assert.Equal([7, 8, 9, 10], Kept(Hourly(10), new RetentionPolicy { KeepWithin = TimeSpan.FromHours(3) }));

    [Fact]
    public void Every_rule_that_keeps_an_epoch_is_told()
    {
        var reasons = RetentionRules.Choose(Hourly(30), new RetentionPolicy { KeepLast = 2, KeepDaily = 2, KeepHourly = 1, KeepWithin = TimeSpan.FromMinutes(1) });

        Assert.Equal([24, 29, 30], reasons.Keys);
        Assert.Equal(["newest", "last", "within", "hourly 2026-03-03T05", "daily 2026-03-03"], reasons[30]);
        Assert.Equal(["last"], reasons[29]);
        Assert.Equal(["daily 2026-03-02"], reasons[24]);
    }

    [Fact]
    public void A_size_alone_begins_with_all_epochs() => Assert.Equal(10, Kept(Hourly(10), new RetentionPolicy { MaxBytes = 1 }).Count());

    [Fact]
    public void Where_there_is_no_epoch_none_is_kept() => Assert.Empty(Kept([], new RetentionPolicy { KeepLast = 1 }));

    /// <summary>A model that sorts epochs into periods first and takes the newest of these, as opposed to going through epochs.</summary>
    [Fact]
    public void Any_epochs_and_rules_give_what_a_model_gives() =>
        Gen.Select(Gen.Int[0, 200_000].Array[1, 60], Gen.Int[0, 4], Gen.Int[0, 6], Gen.Int[0, 6], Gen.Int[0, 4], Gen.Int[0, 3]).Sample((minutes, last, hourly, daily, weekly, monthly) =>
        {
            var epochs = minutes.Order().Select((m, i) => ((long)i + 1, Monday.AddMinutes(m))).ToList();
            var policy = new RetentionPolicy { KeepLast = Rule(last), KeepHourly = Rule(hourly), KeepDaily = Rule(daily), KeepWeekly = Rule(weekly), KeepMonthly = Rule(monthly) };
            if (!policy.HasKeepRule)
                return;
            var expected = new HashSet<long>(epochs.TakeLast(last).Select(e => e.Item1)) { epochs[^1].Item1 };
            expected.UnionWith(Model(hourly, t => t.UtcTicks / TimeSpan.TicksPerHour));
            expected.UnionWith(Model(daily, t => t.UtcTicks / TimeSpan.TicksPerDay));
            expected.UnionWith(Model(weekly, t => (t - Monday).Days / 7));
            expected.UnionWith(Model(monthly, t => (t.Year * 12) + t.Month));
            Assert.Equal(expected.Order(), Kept(epochs, policy));

            IEnumerable<long> Model(int most, Func<DateTimeOffset, long> period)
            {
                var newest = epochs.GroupBy(e => period(e.Item2)).OrderByDescending(p => p.Key).Select(p => p.Max(e => e.Item1)).ToList();
                return most > newest.Count ? newest.Append(1) : newest.Take(most);
            }
        });

    private static int? Rule(int most) => most == 0 ? null : most;

    private static DateTimeOffset Utc(int year, int month, int day) => new(year, month, day, 12, 0, 0, TimeSpan.Zero);

    private static List<(long, DateTimeOffset)> Hourly(int count) => [.. Enumerable.Range(0, count).Select(i => ((long)i + 1, Monday.AddHours(i)))];

    private static IEnumerable<long> Kept(List<(long, DateTimeOffset)> epochs, RetentionPolicy policy) => RetentionRules.Choose(epochs, policy).Keys;
}
