using KafkaBackup.Durable;

namespace KafkaBackup.Host.Instances;

/// <summary>How orchestrations stand, as people write it.</summary>
public static class InstanceStatuses
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<OrchestrationRuntimeStatus> All { get; } = Enum.GetValues<OrchestrationRuntimeStatus>();

    /// <summary>Those of an orchestration that is over.</summary>
    public static IReadOnlyList<OrchestrationRuntimeStatus> Over { get; } =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    /// <summary>Reads names, whatever their case, that commas stand between.</summary>
    /// <param name="texts">The names.</param>
    /// <param name="allowed">Those that make sense here.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static IReadOnlyList<OrchestrationRuntimeStatus> Parse(IEnumerable<string> texts, IReadOnlyList<OrchestrationRuntimeStatus> allowed, out string? fault)
    {
        fault = null;
        var statuses = new List<OrchestrationRuntimeStatus>();
        foreach (var name in texts.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            var found = allowed.Where(status => status.ToString().Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
            if (found.Count == 0)
                fault ??= $"'{name}' is no status{(allowed.Count < All.Count ? " of what is over" : "")}; there are {string.Join(", ", allowed)}";
            statuses.AddRange(found);
        }

        return statuses;
    }
}
