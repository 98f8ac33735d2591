using KafkaBackup.Durable;
using KafkaBackup.Workflows.Leases;

namespace KafkaBackup.Workflows.Backup;

/// <summary>Gives up the writer's lease of a run that has failed, so that the next one need not wait until it is found silent.</summary>
public sealed class ReturnLease(WriterLeases leases) : TaskActivity<ReturnLeaseRequest, bool>
{
    /// <inheritdoc/>
    public override async Task<bool> RunAsync(TaskActivityContext context, ReturnLeaseRequest input)
    {
        await leases.ReturnAsync(input.Repository, input.Generation, context.CancellationToken);
        return true;
    }
}

/// <summary>Whose lease is given up: the input of <see cref="ReturnLease"/>.</summary>
public sealed record ReturnLeaseRequest(string Repository, string Generation);
