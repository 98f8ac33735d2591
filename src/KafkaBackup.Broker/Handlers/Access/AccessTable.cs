using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers.Access;

/// <summary>What has to be allowed for each topic, group or resource that a request names. Source: KafkaApis of Kafka 2.4, and its documentation of ACLs.</summary>
internal static class AccessTable
{
    private static readonly Dictionary<ApiKey, ItemGate> Gates = new()
    {
        [ApiKey.Produce] = Topics<ProduceRequest, ProduceResponse, ProduceTopic>(
            AclOperation.Write, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.Fetch] = Topics<FetchRequest, FetchResponse, FetchTopic>(
            AclOperation.Read, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.ListOffsets] = Topics<ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic>(
            AclOperation.Describe, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.OffsetForLeaderEpoch] = Topics<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, LeaderEpochTopic>(
            AclOperation.Describe, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.OffsetCommit] = Topics<OffsetCommitRequest, OffsetCommitResponse, OffsetCommitTopic>(
            AclOperation.Read, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.TxnOffsetCommit] = Topics<TxnOffsetCommitRequest, TxnOffsetCommitResponse, TxnOffsetCommitTopic>(
            AclOperation.Read, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.OffsetFetch] = Topics<OffsetFetchRequest, OffsetFetchResponse, OffsetFetchTopic>(
            AclOperation.Describe, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] },
            r => new OffsetFetchResponse { Topics = ((OffsetFetchResponse)ErrorResponses.For(r, ErrorCode.TopicAuthorizationFailed)).Topics }),
        [ApiKey.OffsetDelete] = Topics<OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteTopic>(
            AclOperation.Read, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] },
            RefuseOffsets),
        [ApiKey.DeleteRecords] = Topics<DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopic>(
            AclOperation.Delete, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.CreatePartitions] = Topics<CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic>(
            AclOperation.Alter, r => r.Topics, t => t.Topic, (r, t) => r with { Topics = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.DeleteTopics] = Topics<DeleteTopicsRequest, DeleteTopicsResponse, string>(
            AclOperation.Delete, r => r.TopicNames, t => t, (r, t) => r with { TopicNames = t }, (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.CreateTopics] = new ItemGate<CreateTopicsRequest, CreateTopicsResponse, NewTopic>(
            (asker, t) => MayCreate(asker, t.Name), r => r.Topics, (r, t) => r with { Topics = t },
            Refuse<CreateTopicsRequest, CreateTopicsResponse>(ErrorCode.TopicAuthorizationFailed), (a, b) => a with { Topics = [.. a.Topics, .. b.Topics] }),
        [ApiKey.DescribeGroups] = Groups<DescribeGroupsRequest, DescribeGroupsResponse>(
            AclOperation.Describe, r => r.Groups, (r, g) => r with { Groups = g }, (a, b) => a with { Groups = [.. a.Groups, .. b.Groups] }),
        [ApiKey.DeleteGroups] = Groups<DeleteGroupsRequest, DeleteGroupsResponse>(
            AclOperation.Delete, r => r.Groups, (r, g) => r with { Groups = g }, (a, b) => a with { Groups = [.. a.Groups, .. b.Groups] }),
        [ApiKey.DescribeConfigs] = Configs<DescribeConfigsRequest, DescribeConfigsResponse, DescribeConfigsResource>(
            AclOperation.DescribeConfigs, x => (x.ResourceType, x.ResourceName),
            r => r.Resources, (r, x) => r with { Resources = x }, (a, b) => a with { Resources = [.. a.Resources, .. b.Resources] },
            (b, error) => b with { Resources = [.. b.Resources.Select(x => x with { ErrorCode = error(x.ResourceType) })] }),
        [ApiKey.AlterConfigs] = Configs<AlterConfigsRequest, AlterConfigsResponse, AlterConfigsResource>(
            AclOperation.AlterConfigs, x => (x.ResourceType, x.ResourceName),
            r => r.Resources, (r, x) => r with { Resources = x }, (a, b) => a with { Resources = [.. a.Resources, .. b.Resources] },
            (b, error) => b with { Resources = [.. b.Resources.Select(x => x with { ErrorCode = error(x.ResourceType) })] }),
        [ApiKey.IncrementalAlterConfigs] = Configs<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, IncrementalConfigsResource>(
            AclOperation.AlterConfigs, x => (x.ResourceType, x.ResourceName),
            r => r.Resources, (r, x) => r with { Resources = x }, (a, b) => a with { Resources = [.. a.Resources, .. b.Resources] },
            (b, error) => b with { Resources = [.. b.Resources.Select(x => x with { ErrorCode = error(x.ResourceType) })] }),
    };

    /// <summary>Handles of a request what is allowed, and refuses the rest of it.</summary>
    public static async ValueTask<Response?> HandleAsync(Request request, Asker asker, Func<Request, ValueTask<Response?>> handle)
    {
        if (WholeRequests.Check(request, asker) is var error and not ErrorCode.None)
            return request is ProduceRequest { Acks: 0 } ? null : ErrorResponses.For(request, error);
        if (request is AddPartitionsToTxnRequest added && added.Topics.Any(topic => !asker.MayTopic(AclOperation.Write, topic.Topic)))
            return Refuse(added, asker);
        if (request is MetadataRequest { Topics: { } named } metadata)
            request = metadata with { AllowAutoTopicCreation = metadata.AllowAutoTopicCreation && named.All(topic => MayCreate(asker, topic.Name)) };
        var response = Gates.TryGetValue(request.Key, out var gate)
            ? await gate.HandleAsync(request, asker, handle).ConfigureAwait(false)
            : await handle(request).ConfigureAwait(false);
        return response switch
        {
            ProduceResponse when request is ProduceRequest { Acks: 0 } => null,
            MetadataResponse seen => Seen(seen, ((MetadataRequest)request).Topics is not null, asker),
            ListGroupsResponse seen when !asker.MayCluster(AclOperation.Describe) =>
                seen with { Groups = [.. seen.Groups.Where(group => asker.MayGroup(AclOperation.Describe, group.GroupId))] },
            OffsetFetchResponse seen when ((OffsetFetchRequest)request).Topics is null =>
                seen with { Topics = [.. seen.Topics.Where(topic => asker.MayTopic(AclOperation.Describe, topic.Topic))] },
            _ => response,
        };
    }

    private static bool MayCreate(Asker asker, string topic) => asker.MayCluster(AclOperation.Create) || asker.MayTopic(AclOperation.Create, topic);

    // What was asked for by name is refused; what was not is not spoken of.
    private static MetadataResponse Seen(MetadataResponse response, bool wereNamed, Asker asker) => response with
    {
        Topics =
        [
            .. from topic in response.Topics
               let allowed = asker.MayTopic(AclOperation.Describe, topic.Name)
               where allowed || wereNamed
               select allowed ? topic : new TopicMetadata { Name = topic.Name, ErrorCode = ErrorCode.TopicAuthorizationFailed },
        ],
    };

    private static AddPartitionsToTxnResponse Refuse(AddPartitionsToTxnRequest request, Asker asker) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new AddedTxnTopic
            {
                Topic = topic.Topic,
                Partitions =
                [
                    .. topic.Partitions.Select(p => new AddedTxnPartition
                    {
                        Partition = p,
                        ErrorCode = asker.MayTopic(AclOperation.Write, topic.Topic) ? ErrorCode.OperationNotAttempted : ErrorCode.TopicAuthorizationFailed,
                    }),
                ],
            }),
        ],
    };

    private static OffsetDeleteResponse RefuseOffsets(OffsetDeleteRequest request) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new DeletedOffsetsTopic
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(p => new DeletedOffset { Partition = p.Partition, ErrorCode = ErrorCode.TopicAuthorizationFailed })],
            }),
        ],
    };

    private static Func<TRequest, TResponse> Refuse<TRequest, TResponse>(ErrorCode error)
        where TRequest : Request
        where TResponse : Response => request => (TResponse)ErrorResponses.For(request, error);

    private static ItemGate<TRequest, TResponse, TItem> Topics<TRequest, TResponse, TItem>(
        AclOperation operation,
        Func<TRequest, IReadOnlyList<TItem>?> items,
        Func<TItem, string> name,
        Func<TRequest, IReadOnlyList<TItem>, TRequest> with,
        Func<TResponse, TResponse, TResponse> join,
        Func<TRequest, TResponse>? refuse = null)
        where TRequest : Request
        where TResponse : Response =>
        new((asker, item) => asker.MayTopic(operation, name(item)), items, with, refuse ?? Refuse<TRequest, TResponse>(ErrorCode.TopicAuthorizationFailed), join);

    private static ItemGate<TRequest, TResponse, string> Groups<TRequest, TResponse>(
        AclOperation operation,
        Func<TRequest, IReadOnlyList<string>> groups,
        Func<TRequest, IReadOnlyList<string>, TRequest> with,
        Func<TResponse, TResponse, TResponse> join)
        where TRequest : Request
        where TResponse : Response =>
        new((asker, group) => asker.MayGroup(operation, group), groups, with, Refuse<TRequest, TResponse>(ErrorCode.GroupAuthorizationFailed), join);

    private static ItemGate<TRequest, TResponse, TItem> Configs<TRequest, TResponse, TItem>(
        AclOperation operation,
        Func<TItem, (ConfigResourceType Type, string Name)> name,
        Func<TRequest, IReadOnlyList<TItem>> items,
        Func<TRequest, IReadOnlyList<TItem>, TRequest> with,
        Func<TResponse, TResponse, TResponse> join,
        Func<TResponse, Func<ConfigResourceType, ErrorCode>, TResponse> each)
        where TRequest : Request
        where TResponse : Response => new(
        (asker, item) => name(item).Type == ConfigResourceType.Topic ? asker.MayTopic(operation, name(item).Name) : asker.MayCluster(operation),
        items,
        with,
        request => each(
            (TResponse)ErrorResponses.For(request, ErrorCode.TopicAuthorizationFailed),
            type => type == ConfigResourceType.Topic ? ErrorCode.TopicAuthorizationFailed : ErrorCode.ClusterAuthorizationFailed),
        join);
}
