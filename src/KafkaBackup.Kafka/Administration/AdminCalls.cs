using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>Makes calls of the admin client again while their failure is a passing one, and turns what remains into this project's errors.</summary>
internal sealed class AdminCalls(string bootstrap, TimeSpan giveUpAfter, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The client's own errors that may pass: it lost its brokers, or did not find them in time.</summary>
    private static readonly HashSet<Confluent.Kafka.ErrorCode> LocalAndPassing =
        [Confluent.Kafka.ErrorCode.Local_Transport, Confluent.Kafka.ErrorCode.Local_AllBrokersDown, Confluent.Kafka.ErrorCode.Local_TimedOut, Confluent.Kafka.ErrorCode.Local_Resolve];

    /// <summary>Makes a call.</summary>
    /// <param name="what">What it does, for the error.</param>
    /// <param name="call">The call.</param>
    /// <exception cref="ClusterException">It failed.</exception>
    public async Task<T> DoAsync<T>(string what, Func<Task<T>> call)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (KafkaException e)
            {
                var errors = Errors(e);
                // After a topic is created, brokers that have not heard of it yet deny it for a moment.
                if (errors.All(IsPassing) && time.GetElapsedTime(start) < giveUpAfter)
                {
                    await Task.Delay(Pause, time);
                    continue;
                }

                throw new ClusterException($"{what} at {bootstrap}: {string.Join("; ", errors.Select(error => error.Reason).Distinct())}", e);
            }
        }
    }

    // The client hands a broker's code on as it is.
    internal static bool IsPassing(Error error) => LocalAndPassing.Contains(error.Code) || ((Protocol.Primitives.ErrorCode)(short)error.Code).IsRetriable();

    // Calls about several things fail with one exception; what is wrong stands in the results.
    private static List<Error> Errors(KafkaException e)
    {
        var errors = e switch
        {
            CreateTopicsException x => x.Results.Select(r => r.Error),
            DescribeConfigsException x => x.Results.Select(r => r.Error),
            IncrementalAlterConfigsException x => x.Results.Select(r => r.Error),
            DescribeTopicsException x => x.Results.TopicDescriptions.Select(r => r.Error),
            DescribeConsumerGroupsException x => x.Results.ConsumerGroupDescriptions.Select(r => r.Error),
            _ => [e.Error],
        };
        var wrong = errors.Where(error => error.IsError).ToList();
        return wrong.Count > 0 ? wrong : [e.Error];
    }
}
