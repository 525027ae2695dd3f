// Made by `npm run docs` from the OpenAPI document; a test fails when they differ.
export interface paths {
    "/tiktok-connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to connect a TikTok account
         * @description Send the browser to `authorizeUrl` within 15 minutes. The answer sets a cookie that the callback asks for: call it from the browser, with credentials.
         */
        post: operations["beginConnect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The way back from TikTok
         * @description For the browser, which TikTok sends here. It is sent on to the `redirectUrl` of the flow, with `tiktok_connected=true`, `tiktok_username` and `tiktok_account`, or with `tiktok_error`: `missing_params`, `authorization_denied`, `session_expired`, `token_exchange_failed`, `scope_missing`, `invalid_config` or `internal_error`. Where there is no flow to go on with, a page says so.
         */
        get: operations["finishConnect"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller’s accounts
         * @description `scopes` are what the owner of the account has allowed: `video.publish` for direct posts, `video.upload` for drafts. `username` is TikTok’s display name. `reconnectBy` is set where the tokens will end within 14 days.
         */
        get: operations["listAccounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renew an account’s tokens now */
        post: operations["refreshAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disconnect an account
         * @description Forgets the tokens, cancels what is `queued` and takes the consent back at TikTok. `revocation` is `done`; `pending`, TikTok could not be told and is told later; `in_use`, another account that is connected here lives on the same consent; or `not_possible`, only the person can take it back, in the TikTok app.
         */
        post: operations["disconnectAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-creator-info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the account may post now
         * @description Fresh from TikTok; null where it said nothing. `reason` says why `canPost` is false.
         */
        get: operations["getCreatorInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-videos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account’s public videos, with their counts
         * @description Newest first, a page at a time; or up to 20 by their `ids`, separated by commas, all at once. Needs `video.list` among the scopes of the site and of the account.
         */
        get: operations["listVideos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-app": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller’s own TikTok app
         * @description Its secret is never shown.
         */
        get: operations["getApp"];
        /**
         * Store a TikTok app of the caller’s own
         * @description A new secret for the same key counts at once. Under a new key, accounts go on with the app they were connected through.
         */
        put: operations["saveApp"];
        post?: never;
        /** Forget the caller’s own TikTok app */
        delete: operations["deleteApp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-app/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask TikTok whether key and secret are good
         * @description Those in the body, or without a body those that are stored.
         */
        post: operations["testApp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/social-posts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller’s posts
         * @description Those queued last first. With `when=upcoming`, what is not at its end, soonest first; with `when=past`, the rest, latest first.
         */
        get: operations["listPosts"];
        put?: never;
        /**
         * Queue a post
         * @description The media are looked at first: what TikTok would refuse is refused with its reason. A file that is not there yet is only a warning. Without `scheduledAt` the post goes out with the next tick, within a minute. `title` may have 2,200 UTF-16 code units, of a photo post 90, and `description`, which is for photos, 4,000.
         */
        post: operations["queuePost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/social-posts/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at the media of a post that is still being written
         * @description Exactly as queueing does, with the same refusals; nothing is stored, and TikTok is asked for nothing.
         */
        post: operations["checkMedia"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/social-posts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One post, with its attempts and its story
         * @description `status` goes `queued`, `initializing`, `uploading`, `processing`, `published`; or ends `delivered` (a draft in the inbox of its owner), `failed`, `cancelled`, or `needs_attention`, where its owner must look at TikTok and settle it. `error` says why, and what to do. `postIds` are TikTok’s, exact, and come when the post is public.
         */
        get: operations["getPost"];
        put?: never;
        post?: never;
        /** Cancel a post */
        delete: operations["cancelPost"];
        options?: never;
        head?: never;
        /**
         * Edit a post while it is queued
         * @description Only what is sent changes, and `null` takes a field away; the whole is checked as if it were queued anew. `accountId` and `mediaType` stay. What its owner had agreed to and is not the same any more needs a new `consent`.
         */
        patch: operations["editPost"];
        trace?: never;
    };
    "/social-posts/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a failed post again */
        post: operations["retryPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/social-posts/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settle a post that needs attention
         * @description Its owner has looked at the TikTok profile. With `not_published` the post is queued again; where TikTok has named the publish, in its answer or by an event since, it is asked once more before that, and until it has answered the post needs attention with the error `asked_once_more`.
         */
        post: operations["resolvePost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiktok-webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * TikTok’s events
         * @description For TikTok, which signs each event. It is a hint: the worker looks sooner at the post that it names, and nothing else.
         */
        post: operations["receiveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/social-worker-tiktok-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have the worker run longer
         * @description For the scheduled worker, which starts it when its own time is not enough. It works for up to 13 minutes, in the background: the platform answers at once, whatever becomes of it.
         */
        post: operations["runWorker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/web-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a page needs to sign somebody in */
        get: operations["getWebConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether all is well
         * @description For monitoring. `503` where the worker has not looked for work for five minutes, a post has been waiting for it for more than ten, an idle account has not been renewed for a day, or the database does not answer; `problems` say which.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        account: {
            /** Format: uuid */
            id: string;
            openId: string;
            username: string;
            avatarUrl: string | null;
            scopes: string[];
            /** @enum {string} */
            authMethod: "shared" | "own";
            /** @enum {string} */
            status: "connected" | "reauth_required";
            /** Format: date-time */
            connectedAt: string;
            tokenExpiresAt: string | null;
            refreshTokenExpiresAt: string | null;
            reconnectBy: string | null;
        };
        accounts: {
            connected: boolean;
            accounts: components["schemas"]["account"][];
        };
        app: {
            clientKey: string;
            /** Format: date-time */
            savedAt: string;
        };
        appTest: {
            clientKey: string;
            /** @enum {string} */
            result: "good" | "refused" | "unknown";
            reason: {
                code: string;
                message: string;
            } | null;
        };
        attempt: {
            number: number;
            /** @enum {string} */
            transfer: "pull" | "upload";
            /** Format: date-time */
            startedAt: string;
            finishedAt: string | null;
            publishId: string | null;
            sizeBytes: number | null;
            sentBytes: number;
            outcome: ("published" | "delivered" | "failed" | "rejected" | "not_sent" | "abandoned" | "expired" | "unknown") | null;
            error: {
                code: string;
                message: string;
            } | null;
            logId: string | null;
        };
        begunConnect: {
            authorizeUrl: string;
            /** Format: date-time */
            expiresAt: string;
        };
        creatorInfo: {
            creatorAvatarUrl: string | null;
            creatorUsername: string | null;
            creatorNickname: string | null;
            privacyLevelOptions: ("PUBLIC_TO_EVERYONE" | "MUTUAL_FOLLOW_FRIENDS" | "FOLLOWER_OF_CREATOR" | "SELF_ONLY")[] | null;
            commentDisabled: boolean | null;
            duetDisabled: boolean | null;
            stitchDisabled: boolean | null;
            maxVideoPostDurationSec: number | null;
            canPost: boolean;
            reason: {
                code: string;
                message: string;
            } | null;
        };
        deletedApp: {
            /** @constant */
            deleted: true;
        };
        disconnected: {
            /** @constant */
            disconnected: true;
            revoked: boolean;
            /** @enum {string} */
            revocation: "done" | "pending" | "in_use" | "not_possible";
        };
        empty: Record<string, never>;
        health: {
            /** @enum {string} */
            status: "ok" | "wrong";
            /** @enum {string} */
            database: "reachable" | "unreachable";
            lastTickAt: string | null;
            oldestOverduePostAt: string | null;
            problems: string[];
        };
        mediaCheck: {
            warnings: {
                code: string;
                message: string;
            }[];
            media: {
                sizeBytes: number;
                contentType: string | null;
                width: number | null;
                height: number | null;
                codec: string | null;
                frameRate: number | null;
                durationSec: number | null;
                photos: ({
                    sizeBytes: number;
                    contentType: string | null;
                    width: number | null;
                    height: number | null;
                } | null)[] | null;
            } | null;
        };
        post: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            accountId: string;
            /** @enum {string} */
            mediaType: "video" | "photo";
            videoUrl: string | null;
            photoUrls: string[] | null;
            photoCoverIndex: number | null;
            title: string | null;
            description: string | null;
            /** @enum {string} */
            mode: "direct" | "draft";
            /** @enum {string} */
            transfer: "auto" | "pull" | "upload";
            privacyLevel: ("PUBLIC_TO_EVERYONE" | "MUTUAL_FOLLOW_FRIENDS" | "FOLLOWER_OF_CREATOR" | "SELF_ONLY") | null;
            disableDuet: boolean;
            disableStitch: boolean;
            disableComment: boolean;
            videoCoverTimestampMs: number | null;
            brandContentToggle: boolean;
            brandOrganicToggle: boolean;
            isAigc: boolean;
            autoAddMusic: boolean;
            consent: {
                /** @enum {string} */
                declaration: "music_usage" | "branded_content_and_music_usage";
                /** Format: date-time */
                agreedAt: string;
            } | null;
            scheduledAt: string | null;
            /** @enum {string} */
            status: "queued" | "initializing" | "uploading" | "processing" | "published" | "delivered" | "failed" | "needs_attention" | "cancelled";
            publishId: string | null;
            postIds: string[];
            shareUrl: string | null;
            error: {
                code: string;
                message: string;
            } | null;
            warnings: {
                code: string;
                message: string;
            }[];
            cancelRequestedAt: string | null;
            nextCheckAt: string | null;
            /** Format: date-time */
            createdAt: string;
            publishedAt: string | null;
            attempts: components["schemas"]["attempt"][];
        };
        postEvent: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            status: "queued" | "initializing" | "uploading" | "processing" | "published" | "delivered" | "failed" | "needs_attention" | "cancelled";
            code: string | null;
            message: string | null;
        };
        postWithStory: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            accountId: string;
            /** @enum {string} */
            mediaType: "video" | "photo";
            videoUrl: string | null;
            photoUrls: string[] | null;
            photoCoverIndex: number | null;
            title: string | null;
            description: string | null;
            /** @enum {string} */
            mode: "direct" | "draft";
            /** @enum {string} */
            transfer: "auto" | "pull" | "upload";
            privacyLevel: ("PUBLIC_TO_EVERYONE" | "MUTUAL_FOLLOW_FRIENDS" | "FOLLOWER_OF_CREATOR" | "SELF_ONLY") | null;
            disableDuet: boolean;
            disableStitch: boolean;
            disableComment: boolean;
            videoCoverTimestampMs: number | null;
            brandContentToggle: boolean;
            brandOrganicToggle: boolean;
            isAigc: boolean;
            autoAddMusic: boolean;
            consent: {
                /** @enum {string} */
                declaration: "music_usage" | "branded_content_and_music_usage";
                /** Format: date-time */
                agreedAt: string;
            } | null;
            scheduledAt: string | null;
            /** @enum {string} */
            status: "queued" | "initializing" | "uploading" | "processing" | "published" | "delivered" | "failed" | "needs_attention" | "cancelled";
            publishId: string | null;
            postIds: string[];
            shareUrl: string | null;
            error: {
                code: string;
                message: string;
            } | null;
            warnings: {
                code: string;
                message: string;
            }[];
            cancelRequestedAt: string | null;
            nextCheckAt: string | null;
            /** Format: date-time */
            createdAt: string;
            publishedAt: string | null;
            attempts: components["schemas"]["attempt"][];
            story: components["schemas"]["postEvent"][];
        };
        posts: {
            posts: components["schemas"]["post"][];
            nextCursor: string | null;
        };
        refreshed: {
            tokenExpiresAt: string | null;
            refreshTokenExpiresAt: string | null;
        };
        video: {
            id: string;
            title: string | null;
            description: string | null;
            createTime: string | null;
            shareUrl: string | null;
            coverImageUrl: string | null;
            embedLink: string | null;
            durationSec: number | null;
            width: number | null;
            height: number | null;
            viewCount: number | null;
            likeCount: number | null;
            commentCount: number | null;
            shareCount: number | null;
        };
        videos: {
            videos: components["schemas"]["video"][];
            cursor: string | null;
            hasMore: boolean;
        };
        webConfig: {
            supabaseUrl: string;
            supabasePublishableKey: string;
            scopes: string[];
        };
        /** @description RFC 9457. */
        problem: {
            /** @constant */
            type: "about:blank";
            title: string;
            status: number;
            /** @description Stable. */
            code: string;
            /** @description What to do next. */
            detail: string;
            requestId: string;
            errors?: components["schemas"]["fieldError"][];
        };
        /** @description What is wrong with one field, and what to send. */
        fieldError: {
            /** @description Empty where the body as a whole is wrong. */
            field: string;
            code: string;
            message: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    beginConnect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "redirectUrl": "https://app.example.com/done"
                 *     }
                 */
                "application/json": {
                    redirectUrl: string;
                    /**
                     * @default shared
                     * @enum {string}
                     */
                    authMethod?: "shared" | "own";
                    scopes?: string[];
                };
            };
        };
        responses: {
            /** @description Where to send the browser. */
            200: {
                headers: {
                    /** @description Ties the flow to this browser. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["begunConnect"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `auth_method_invalid`, `field_invalid`, `field_required`, `redirect_url_invalid`, `scopes_invalid`, `unknown_field`, `redirect_url_not_allowed`, `scopes_not_allowed` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "auth_method_invalid" | "field_invalid" | "field_required" | "redirect_url_invalid" | "scopes_invalid" | "unknown_field" | "redirect_url_not_allowed" | "scopes_not_allowed";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `tiktok_app_missing` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "tiktok_app_missing";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    finishConnect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Back to the app. */
            302: {
                headers: {
                    /** @description The redirectUrl. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A page: this flow is over, or was begun in another browser. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description A page: this cannot be finished just now. Or a problem: `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    listAccounts: {
        parameters: {
            query?: {
                /** @example 4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f */
                accountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All accounts, or the one asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["accounts"];
                };
            };
            /** @description `field_invalid`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "field_invalid" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    refreshAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "accountId": "4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f"
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    accountId: string;
                };
            };
        };
        responses: {
            /** @description How long the new tokens live. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["refreshed"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `account_id_invalid`, `field_required`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "account_id_invalid" | "field_required" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `account_busy`, `reauth_required` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_busy" | "reauth_required";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `tiktok_unavailable`, `token_refresh_failed`, `token_unreadable`, `tiktok_app_changed`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "tiktok_unavailable" | "token_refresh_failed" | "token_unreadable" | "tiktok_app_changed" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    disconnectAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "accountId": "4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f"
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    accountId: string;
                };
            };
        };
        responses: {
            /** @description It is forgotten. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["disconnected"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `account_id_invalid`, `field_required`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "account_id_invalid" | "field_required" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    getCreatorInfo: {
        parameters: {
            query: {
                /** @example 4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f */
                accountId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a form for a post may offer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["creatorInfo"];
                };
            };
            /** @description `account_id_invalid`, `field_required`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_id_invalid" | "field_required" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description `account_busy` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_busy";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `tiktok_unavailable`, `token_refresh_failed`, `token_unreadable`, `tiktok_app_changed`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "tiktok_unavailable" | "token_refresh_failed" | "token_unreadable" | "tiktok_app_changed" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    listVideos: {
        parameters: {
            query: {
                /** @example 4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f */
                accountId: string;
                cursor?: string;
                /** @example 10 */
                maxCount?: number;
                ids?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of videos; `cursor` is for the next. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["videos"];
                };
            };
            /** @description `account_id_invalid`, `cursor_invalid`, `field_required`, `max_count_invalid`, `unknown_field`, `video_ids_alone`, `video_ids_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_id_invalid" | "cursor_invalid" | "field_required" | "max_count_invalid" | "unknown_field" | "video_ids_alone" | "video_ids_invalid";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description `account_busy`, `scope_missing`, `reauth_required` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_busy" | "scope_missing" | "reauth_required";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `tiktok_unavailable`, `token_refresh_failed`, `token_unreadable`, `tiktok_app_changed`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "tiktok_unavailable" | "token_refresh_failed" | "token_unreadable" | "tiktok_app_changed" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    getApp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The app that the caller connects through. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["app"];
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `tiktok_app_missing` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "tiktok_app_missing";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    saveApp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "clientKey": "awexampleexample01",
                 *       "clientSecret": "an-example-secret-of-32-characters"
                 *     }
                 */
                "application/json": {
                    clientKey: string;
                    clientSecret: string;
                };
            };
        };
        responses: {
            /** @description It is stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["app"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `client_key_invalid`, `client_secret_invalid`, `field_required`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "client_key_invalid" | "client_secret_invalid" | "field_required" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    deleteApp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is forgotten. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["deletedApp"];
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `tiktok_app_missing` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "tiktok_app_missing";
                    };
                };
            };
            /** @description `tiktok_app_in_use` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "tiktok_app_in_use";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    testApp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "clientKey": "awexampleexample01",
                 *       "clientSecret": "an-example-secret-of-32-characters"
                 *     }
                 */
                "application/json": {
                    clientKey: string;
                    clientSecret: string;
                };
            };
        };
        responses: {
            /** @description What TikTok said. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["appTest"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `client_key_invalid`, `client_secret_invalid`, `field_required`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "client_key_invalid" | "client_secret_invalid" | "field_required" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `tiktok_app_missing` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "tiktok_app_missing";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `token_unreadable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "token_unreadable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    listPosts: {
        parameters: {
            query?: {
                /** @example upcoming */
                when?: "upcoming" | "past";
                status?: "queued" | "initializing" | "uploading" | "processing" | "published" | "delivered" | "failed" | "needs_attention" | "cancelled";
                accountId?: string;
                cursor?: string;
                /** @example 20 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of posts; `nextCursor` is for the next. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["posts"];
                };
            };
            /** @description `account_id_invalid`, `cursor_invalid`, `limit_invalid`, `status_invalid`, `unknown_field`, `when_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_id_invalid" | "cursor_invalid" | "limit_invalid" | "status_invalid" | "unknown_field" | "when_invalid";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    queuePost: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description With it, the same request again gives the same post. 1 to 255 visible characters.
                 * @example 6c1f2a
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "accountId": "4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f",
                 *       "mediaType": "video",
                 *       "mode": "direct",
                 *       "videoUrl": "https://media.example.com/vertical.mp4",
                 *       "title": "A film #film",
                 *       "privacyLevel": "PUBLIC_TO_EVERYONE",
                 *       "consent": {
                 *         "declaration": "music_usage",
                 *         "agreedAt": "2026-11-21T18:30:00Z"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    accountId: string;
                    /**
                     * @default video
                     * @enum {string}
                     */
                    mediaType?: "video" | "photo";
                    videoUrl?: string;
                    photoUrls?: string[];
                    photoCoverIndex?: number;
                    title?: string;
                    description?: string;
                    /**
                     * @default direct
                     * @enum {string}
                     */
                    mode?: "direct" | "draft";
                    /**
                     * @default auto
                     * @enum {string}
                     */
                    transfer?: "auto" | "pull" | "upload";
                    /** @enum {string} */
                    privacyLevel?: "PUBLIC_TO_EVERYONE" | "MUTUAL_FOLLOW_FRIENDS" | "FOLLOWER_OF_CREATOR" | "SELF_ONLY";
                    /** @default false */
                    disableDuet?: boolean;
                    /** @default false */
                    disableStitch?: boolean;
                    /** @default false */
                    disableComment?: boolean;
                    videoCoverTimestampMs?: number;
                    /** @default false */
                    brandContentToggle?: boolean;
                    /** @default false */
                    brandOrganicToggle?: boolean;
                    /** @default false */
                    isAigc?: boolean;
                    /** @default false */
                    autoAddMusic?: boolean;
                    consent?: {
                        /** @enum {string} */
                        declaration: "music_usage" | "branded_content_and_music_usage";
                        /** Format: date-time */
                        agreedAt: string;
                    };
                    /** Format: date-time */
                    scheduledAt?: string;
                };
            };
        };
        responses: {
            /** @description It is queued. */
            201: {
                headers: {
                    /** @description Where the post is. */
                    Location?: string;
                    /** @description `true` where the same request had queued it before. */
                    "Idempotency-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["post"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `account_id_invalid`, `consent_invalid`, `cover_timestamp_invalid`, `description_too_long`, `field_invalid`, `field_required`, `media_type_invalid`, `mode_invalid`, `photo_cover_invalid`, `photo_urls_invalid`, `privacy_level_invalid`, `scheduled_at_invalid`, `title_invalid`, `title_too_long`, `transfer_invalid`, `unknown_field`, `video_url_invalid`, `video_url_required`, `photo_urls_required`, `photo_field`, `video_field`, `photos_are_pulled`, `photo_title_too_long`, `privacy_level_required`, `branded_content_private`, `scheduled_at_too_far`, `idempotency_key_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "account_id_invalid" | "consent_invalid" | "cover_timestamp_invalid" | "description_too_long" | "field_invalid" | "field_required" | "media_type_invalid" | "mode_invalid" | "photo_cover_invalid" | "photo_urls_invalid" | "privacy_level_invalid" | "scheduled_at_invalid" | "title_invalid" | "title_too_long" | "transfer_invalid" | "unknown_field" | "video_url_invalid" | "video_url_required" | "photo_urls_required" | "photo_field" | "video_field" | "photos_are_pulled" | "photo_title_too_long" | "privacy_level_required" | "branded_content_private" | "scheduled_at_too_far" | "idempotency_key_invalid";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `scope_missing` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "scope_missing";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description `consent_mismatch`, `file_format_check_failed`, `frame_rate_check_failed`, `picture_size_check_failed`, `duration_check_failed`, `image_too_large`, `media_url_not_public`, `media_redirects`, `media_size_unknown`, `media_empty`, `media_too_large`, `media_not_video`, `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "consent_mismatch" | "file_format_check_failed" | "frame_rate_check_failed" | "picture_size_check_failed" | "duration_check_failed" | "image_too_large" | "media_url_not_public" | "media_redirects" | "media_size_unknown" | "media_empty" | "media_too_large" | "media_not_video" | "idempotency_key_reused";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    checkMedia: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "accountId": "4f7c1d2e-8a3b-4c5d-9e6f-0a1b2c3d4e5f",
                 *       "mediaType": "video",
                 *       "videoUrl": "https://media.example.com/vertical.mp4",
                 *       "mode": "direct",
                 *       "transfer": "auto"
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    accountId: string;
                    /**
                     * @default video
                     * @enum {string}
                     */
                    mediaType?: "video" | "photo";
                    videoUrl?: string;
                    photoUrls?: string[];
                    /**
                     * @default direct
                     * @enum {string}
                     */
                    mode?: "direct" | "draft";
                    /**
                     * @default auto
                     * @enum {string}
                     */
                    transfer?: "auto" | "pull" | "upload";
                };
            };
        };
        responses: {
            /** @description What was measured, and what is to be warned of. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["mediaCheck"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `account_id_invalid`, `field_required`, `media_type_invalid`, `mode_invalid`, `photo_urls_invalid`, `transfer_invalid`, `unknown_field`, `video_url_invalid`, `video_url_required`, `photo_urls_required`, `photo_field`, `video_field`, `photos_are_pulled` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "account_id_invalid" | "field_required" | "media_type_invalid" | "mode_invalid" | "photo_urls_invalid" | "transfer_invalid" | "unknown_field" | "video_url_invalid" | "video_url_required" | "photo_urls_required" | "photo_field" | "video_field" | "photos_are_pulled";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `scope_missing` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "scope_missing";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description `file_format_check_failed`, `frame_rate_check_failed`, `picture_size_check_failed`, `duration_check_failed`, `image_too_large`, `media_url_not_public`, `media_redirects`, `media_size_unknown`, `media_empty`, `media_too_large`, `media_not_video` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "file_format_check_failed" | "frame_rate_check_failed" | "picture_size_check_failed" | "duration_check_failed" | "image_too_large" | "media_url_not_public" | "media_redirects" | "media_size_unknown" | "media_empty" | "media_too_large" | "media_not_video";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    getPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b2f6a10-3c4d-4e5f-8a6b-7c8d9e0f1a2b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The post. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["postWithStory"];
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `post_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_found";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    cancelPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b2f6a10-3c4d-4e5f-8a6b-7c8d9e0f1a2b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["post"];
                };
            };
            /** @description TikTok is downloading it, or is just being told to: it is asked, and the post is `cancelled` when it confirms, or has not taken it. Or the post was to go out again, as its owner has said that it is not published: it does not, and is `cancelled` unless TikTok, asked once more, says that it is out. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["post"];
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `post_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_found";
                    };
                };
            };
            /** @description `post_not_cancellable` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_cancellable";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    editPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b2f6a10-3c4d-4e5f-8a6b-7c8d9e0f1a2b */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "title": "A better title",
                 *       "consent": {
                 *         "declaration": "music_usage",
                 *         "agreedAt": "2026-11-21T18:40:00Z"
                 *       }
                 *     }
                 */
                "application/json": {
                    accountId?: string | null;
                    mediaType?: ("video" | "photo") | null;
                    videoUrl?: string | null;
                    photoUrls?: string[] | null;
                    photoCoverIndex?: number | null;
                    title?: string | null;
                    description?: string | null;
                    mode?: ("direct" | "draft") | null;
                    transfer?: ("auto" | "pull" | "upload") | null;
                    privacyLevel?: ("PUBLIC_TO_EVERYONE" | "MUTUAL_FOLLOW_FRIENDS" | "FOLLOWER_OF_CREATOR" | "SELF_ONLY") | null;
                    disableDuet?: boolean | null;
                    disableStitch?: boolean | null;
                    disableComment?: boolean | null;
                    videoCoverTimestampMs?: number | null;
                    brandContentToggle?: boolean | null;
                    brandOrganicToggle?: boolean | null;
                    isAigc?: boolean | null;
                    autoAddMusic?: boolean | null;
                    consent?: {
                        /** @enum {string} */
                        declaration: "music_usage" | "branded_content_and_music_usage";
                        /** Format: date-time */
                        agreedAt: string;
                    } | null;
                    scheduledAt?: string | null;
                };
            };
        };
        responses: {
            /** @description The post as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["post"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `account_id_invalid`, `consent_invalid`, `cover_timestamp_invalid`, `description_too_long`, `field_invalid`, `field_required`, `media_type_invalid`, `mode_invalid`, `photo_cover_invalid`, `photo_urls_invalid`, `privacy_level_invalid`, `scheduled_at_invalid`, `title_invalid`, `title_too_long`, `transfer_invalid`, `unknown_field`, `video_url_invalid`, `video_url_required`, `photo_urls_required`, `photo_field`, `video_field`, `photos_are_pulled`, `photo_title_too_long`, `privacy_level_required`, `branded_content_private`, `scheduled_at_too_far`, `field_fixed` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "account_id_invalid" | "consent_invalid" | "cover_timestamp_invalid" | "description_too_long" | "field_invalid" | "field_required" | "media_type_invalid" | "mode_invalid" | "photo_cover_invalid" | "photo_urls_invalid" | "privacy_level_invalid" | "scheduled_at_invalid" | "title_invalid" | "title_too_long" | "transfer_invalid" | "unknown_field" | "video_url_invalid" | "video_url_required" | "photo_urls_required" | "photo_field" | "video_field" | "photos_are_pulled" | "photo_title_too_long" | "privacy_level_required" | "branded_content_private" | "scheduled_at_too_far" | "field_fixed";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `account_not_found`, `post_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "account_not_found" | "post_not_found";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `scope_missing`, `post_not_editable`, `post_changed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "scope_missing" | "post_not_editable" | "post_changed";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description `consent_mismatch`, `file_format_check_failed`, `frame_rate_check_failed`, `picture_size_check_failed`, `duration_check_failed`, `image_too_large`, `media_url_not_public`, `media_redirects`, `media_size_unknown`, `media_empty`, `media_too_large`, `media_not_video`, `consent_required` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "consent_mismatch" | "file_format_check_failed" | "frame_rate_check_failed" | "picture_size_check_failed" | "duration_check_failed" | "image_too_large" | "media_url_not_public" | "media_redirects" | "media_size_unknown" | "media_empty" | "media_too_large" | "media_not_video" | "consent_required";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    retryPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b2f6a10-3c4d-4e5f-8a6b-7c8d9e0f1a2b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is queued again. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["post"];
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `post_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_found";
                    };
                };
            };
            /** @description `post_not_failed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_failed";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    resolvePost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b2f6a10-3c4d-4e5f-8a6b-7c8d9e0f1a2b */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "outcome": "published"
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    outcome: "published" | "not_published";
                };
            };
        };
        responses: {
            /** @description It is settled, or TikTok is asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["post"];
                };
            };
            /** @description `body_cut_short`, `malformed_json`, `body_not_object`, `field_required`, `outcome_invalid`, `unknown_field` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short" | "malformed_json" | "body_not_object" | "field_required" | "outcome_invalid" | "unknown_field";
                    };
                };
            };
            /** @description `token_missing`, `token_expired`, `token_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "token_missing" | "token_expired" | "token_invalid";
                    };
                };
            };
            /** @description `post_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_found";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `post_not_unresolved` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "post_not_unresolved";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`, `unsupported_content_encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type" | "unsupported_content_encoding";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `auth_unavailable`, `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "auth_unavailable" | "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    receiveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "client_key": "emulator-client-key",
                 *       "event": "post.publish.complete",
                 *       "create_time": 1795285800,
                 *       "user_openid": "afd97af1-b87b-48b9-ac98-410aghda5344",
                 *       "content": "{\"publish_id\":\"v_pub_file~v2-1.7300000000000000001\",\"publish_type\":\"DIRECT_POST\"}"
                 *     }
                 */
                "application/json": {
                    client_key: string;
                    event: string;
                    /** @description Seconds since 1970. */
                    create_time: number;
                    user_openid: string;
                    /** @description JSON again. */
                    content: string;
                };
            };
        };
        responses: {
            /** @description It is taken. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["empty"];
                };
            };
            /** @description `body_cut_short` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_cut_short";
                    };
                };
            };
            /** @description `webhook_not_signed` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "webhook_not_signed";
                    };
                };
            };
            /** @description `body_too_slow` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_slow";
                    };
                };
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    runWorker: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is begun. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `worker_secret_wrong` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "worker_secret_wrong";
                    };
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`, `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "database_unavailable" | "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    getWebConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The Supabase project, and the scopes to ask for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["webConfig"];
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All is well. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["health"];
                };
            };
            /** @description Too many requests from one address within a minute: the platform answers, not we. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description Something is wrong. Or a problem: `invalid_config` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["health"];
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "invalid_config";
                    };
                };
            };
            /** @description A method or an address that there is not. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "method_not_allowed";
                    };
                };
            };
        };
    };
}
