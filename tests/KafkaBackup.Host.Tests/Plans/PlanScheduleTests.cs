using System.Globalization;
using KafkaBackup.Host.Plans;
using Xunit;

namespace KafkaBackup.Host.Tests.Plans;

public sealed class PlanScheduleTests
{
    [Theory]
    [InlineData("*/10 * * * * *", "2026-05-04T10:00:00Z", "2026-05-04T10:00:10Z")]
    [InlineData("*/10 * * * * *", "2026-05-04T10:00:09.999Z", "2026-05-04T10:00:10Z")]
    [InlineData("0 */5 * * * *", "2026-05-04T10:03:01Z", "2026-05-04T10:05:00Z")]
    [InlineData("0 30 9 * * 1-5", "2026-05-08T09:30:00Z", "2026-05-11T09:30:00Z")]
    [InlineData("0 0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")]
    [InlineData("continuous", "2026-05-04T10:00:00.5Z", "2026-05-04T10:00:01.5Z")]
    public void The_next_time_is_the_first_after_a_time(string schedule, string time, string next) =>
        Assert.Equal(Time(next), PlanSchedule.Parse(schedule).Next(Time(time)));

    /// <summary>The nights in which most of Europe changes its clocks.</summary>
    [Theory]
    [InlineData("2026-03-28T22:00:00Z")]
    [InlineData("2026-10-24T22:00:00Z")]
    public void Every_day_has_twenty_four_hours_for_the_times_are_UTC(string evening)
    {
        var hourly = PlanSchedule.Parse("0 0 * * * *");
        var time = Time(evening);
        for (var i = 0; i < 8; i++)
        {
            var next = hourly.Next(time);
            Assert.Equal((TimeSpan.FromHours(1), TimeSpan.Zero), (next - time, next.Offset));
            time = next;
        }
    }

    [Fact]
    public void A_time_with_an_offset_is_the_instant_that_it_is() =>
        Assert.Equal(Time("2026-05-04T09:00:00Z"), PlanSchedule.Parse("0 0 * * * *").Next(Time("2026-05-04T10:30:00+02:00")));

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("", "is missing")]
    [InlineData("* * * * *", "'* * * * *' is no six-field NCRONTAB expression")]
    [InlineData("60 * * * * *", "no six-field")]
    [InlineData("hourly", "no six-field")]
    [InlineData("Continuous", "no six-field")]
    [InlineData("0 0 0 30 2 *", "a day that never comes")]
    public void What_is_no_schedule_is_refused(string? schedule, string part) => Assert.Contains(part, PlanSchedule.Fault(schedule), StringComparison.Ordinal);

    [Theory]
    [InlineData("continuous")]
    [InlineData("*/3 * * * * *")]
    [InlineData("0 0 0 29 2 *")]
    public void What_is_a_schedule_has_no_fault(string schedule) => Assert.Null(PlanSchedule.Fault(schedule));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
