using System.Globalization;

namespace KafkaBackup.Cli.Output;

/// <summary>Lengths of time for people.</summary>
internal static class Durations
{
    /// <summary>Such as 0.250 s, 12.3 s, 4 min 5 s, 2 h 3 min, 3 d 4 h.</summary>
    public static string Tell(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000} s"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalSeconds * 10) / 10:0.0} s"),
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
        _ => $"{time.Days} d {time.Hours} h",
    };
}
