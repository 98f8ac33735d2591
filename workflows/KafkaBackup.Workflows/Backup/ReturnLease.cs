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

    /// <summary>Has it done for a run that has failed; whether it can be or not, what the run failed of is what is to be told.</summary>
    internal static async Task TryAsync(TaskOrchestrationContext context, string repository, string generation)
    {
        try
        {
            await context.CallActivityAsync<bool>(nameof(ReturnLease), new ReturnLeaseRequest(repository, generation));
        }
        catch (TaskFailedException)
        {
            // The next writer finds this one silent.
        }
    }
}

/// <summary>Whose lease is given up: the input of <see cref="ReturnLease"/>.</summary>
public sealed record ReturnLeaseRequest(string Repository, string Generation);
