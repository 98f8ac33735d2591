using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Host.Http;

/// <summary>What is wrong with the parameters of a request.</summary>
internal static class RequestFaults
{
    /// <param name="parameter">Which one.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static BodyException Of(string parameter, string fault) => new(new Dictionary<string, string[]> { [parameter] = [fault] });

    /// <summary>The states that are asked for, as in <c>runtimeStatus=Running,Pending</c>, or given several times.</summary>
    public static IReadOnlyList<OrchestrationRuntimeStatus> Statuses(string[]? asked, IReadOnlyList<OrchestrationRuntimeStatus> allowed)
    {
        var statuses = InstanceStatuses.Parse(asked ?? [], allowed, out var fault);
        return fault is null ? statuses : throw Of("runtimeStatus", fault);
    }
}
