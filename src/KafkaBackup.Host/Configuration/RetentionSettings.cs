using KafkaBackup.Repository.Retention;

namespace KafkaBackup.Host.Configuration;

/// <summary>Which epochs a plan keeps: those that any of the rules names, and always the newest.</summary>
public sealed class RetentionSettings
{
    /// <summary>The newest so many epochs.</summary>
    public int? KeepLast { get; set; }

    /// <summary>The last epoch of each of the newest so many hours that have one.</summary>
    public int? KeepHourly { get; set; }

    /// <summary>The same for days.</summary>
    public int? KeepDaily { get; set; }

    /// <summary>The same for ISO weeks.</summary>
    public int? KeepWeekly { get; set; }

    /// <summary>The same for months.</summary>
    public int? KeepMonthly { get; set; }

    /// <summary>All that are no older than this before the newest: an age such as 12h, 30d.</summary>
    public string? KeepWithin { get; set; }

    /// <summary>The most that the kept epochs' segments may take, in bytes.</summary>
    public long? MaxSize { get; set; }

    /// <summary>The policy; what makes no sense in it was told by <see cref="Faults()"/>.</summary>
    public RetentionPolicy ToPolicy() => new()
    {
        KeepLast = KeepLast,
        KeepHourly = KeepHourly,
        KeepDaily = KeepDaily,
        KeepWeekly = KeepWeekly,
        KeepMonthly = KeepMonthly,
        KeepWithin = KeepWithin is null ? null : Age.Parse(KeepWithin),
        MaxBytes = MaxSize,
    };

    /// <summary>What makes no sense.</summary>
    public IEnumerable<string> Faults() => KeepWithin is not null && Age.Parse(KeepWithin) is null
        ? [$"KeepWithin: '{KeepWithin}' is no {Age.Form}"]
        : Faults(ToPolicy(), rule => rule == nameof(RetentionPolicy.MaxBytes) ? nameof(MaxSize) : rule);

    /// <summary>What makes no sense in a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="nameOf">What whoever has to mend it calls a rule that has this name in a <see cref="RetentionPolicy"/>.</param>
    internal static IEnumerable<string> Faults(RetentionPolicy policy, Func<string, string> nameOf)
    {
        (string Rule, long? Number)[] numbers =
        [
            (nameof(policy.KeepLast), policy.KeepLast), (nameof(policy.KeepHourly), policy.KeepHourly), (nameof(policy.KeepDaily), policy.KeepDaily), (nameof(policy.KeepWeekly), policy.KeepWeekly),
            (nameof(policy.KeepMonthly), policy.KeepMonthly), (nameof(policy.MaxBytes), policy.MaxBytes),
        ];
        if (policy.IsEmpty)
            yield return $"has no rule: give at least one of {string.Join(", ", numbers.Select(n => n.Rule).Append(nameof(policy.KeepWithin)).Select(nameOf))}";
        foreach (var (rule, number) in numbers.Where(n => n.Number <= 0))
            yield return $"{nameOf(rule)} is above 0, not {number}";
    }
}
