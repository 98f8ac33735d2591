using NCrontab;

namespace KafkaBackup.Host.Plans;

/// <summary>When a plan runs: a six-field NCRONTAB expression as in Azure Functions timers (UTC), or <c>continuous</c>.</summary>
public sealed class PlanSchedule
{
    private const string Continuous = "continuous";

    /// <summary>A continuous plan still leaves its cluster a moment between two epochs.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);

    /// <summary>The years 2096 to 2104 have one 29 February between them: what does not come in eight years never comes.</summary>
    private static readonly (DateTime From, DateTime To) Probe = (new(2096, 3, 1, 0, 0, 0, DateTimeKind.Utc), new(2104, 3, 1, 0, 0, 0, DateTimeKind.Utc));

    private readonly CrontabSchedule? _cron;

    private PlanSchedule(CrontabSchedule? cron) => _cron = cron;

    /// <summary>What is wrong with an expression; null if nothing is.</summary>
    public static string? Fault(string? expression)
    {
        if (string.IsNullOrEmpty(expression))
            return "is missing: give six fields, such as '0 */5 * * * *' for every five minutes, or 'continuous'";
        if (expression == Continuous)
            return null;
        if (CrontabSchedule.TryParse(expression, new CrontabSchedule.ParseOptions { IncludingSeconds = true }) is not { } cron)
            return $"'{expression}' is no six-field NCRONTAB expression (seconds, minutes, hours, days, months, weekdays), such as '0 */5 * * * *'";
        return cron.GetNextOccurrence(Probe.From, Probe.To) < Probe.To ? null : $"'{expression}' is a day that never comes";
    }

    /// <summary>Reads an expression that has no fault.</summary>
    public static PlanSchedule Parse(string expression) => new(
        expression == Continuous ? null : CrontabSchedule.Parse(expression, new CrontabSchedule.ParseOptions { IncludingSeconds = true }));

    /// <summary>The first time after <paramref name="time"/>.</summary>
    public DateTimeOffset Next(DateTimeOffset time) =>
        _cron is null ? time + Breath : new DateTimeOffset(_cron.GetNextOccurrence(time.UtcDateTime), TimeSpan.Zero);
}
