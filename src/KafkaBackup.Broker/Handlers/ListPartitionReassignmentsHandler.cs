using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>No partition is ever on its way to another node: all nodes share the one log.</summary>
internal sealed class ListPartitionReassignmentsHandler : Handler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    protected override ListPartitionReassignmentsResponse Handle(ListPartitionReassignmentsRequest request, RequestContext context) => new();
}
